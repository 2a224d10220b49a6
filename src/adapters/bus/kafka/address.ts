/**
 * What BUS=kafka://… says: the brokers, how to reach them, and what our topics and groups are called there.
 *
 *   kafka[s]://[user:password@]host[:port][,host[:port]…][?sasl=…&ca=…&cert=…&key=…&prefix=…]
 *
 * The password goes into the client's settings and nowhere else: no failure and no log line holds it.
 */
import { Failure } from '#errors.ts';

export interface Address {
  /** librdkafka's settings of every client. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Begins the names of topics and groups. */
  readonly prefix: string;
}

const DEFAULT_PORT = 9092;
const FORM = /^(kafkas?):\/\/(?:([^@/?]*)@)?([^@/?]+)\/?(?:\?(.*))?$/;
const HOST = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i;
const PREFIX = /^[\w.-]{0,100}$/;
const MECHANISMS = new Map([
  ['plain', 'PLAIN'],
  ['scram-sha-256', 'SCRAM-SHA-256'],
  ['scram-sha-512', 'SCRAM-SHA-512'],
]);
/** Files of certificates, and what librdkafka calls them. */
const FILES = { ca: 'ssl.ca.location', cert: 'ssl.certificate.location', key: 'ssl.key.location' } as const;
const OPTIONS = new Set(['sasl', 'prefix', ...Object.keys(FILES)]);

/**
 * Of every client. A broker that hangs is given up after 10 s instead of a minute, one that is back is found within a
 * second instead of ten.
 */
const ALWAYS = {
  'client.id': 'tocsin',
  'socket.timeout.ms': 10_000,
  'socket.keepalive.enable': 'true',
  'reconnect.backoff.ms': 100,
  'reconnect.backoff.max.ms': 1_000,
  log_level: 4,
} as const;

const wrong = (why: string): Failure => new Failure('bus-unavailable', why);

export function readAddress(url: string): Address {
  const [, scheme, user, hosts = '', query = ''] = FORM.exec(url) ?? [];
  if (!scheme) throw wrong('a Kafka URL is kafka://user:password@host:9092,host:9092');
  const options = new URLSearchParams(query);
  const unknown = [...options.keys()].filter((name) => !OPTIONS.has(name));
  if (unknown.length > 0) throw wrong(`a Kafka URL has no option ${unknown.join()}`);
  const isSecure = scheme === 'kafkas';
  const settings: Record<string, string | number> = {
    ...ALWAYS,
    'bootstrap.servers': hosts.split(',').map(brokerOf).join(),
  };
  if (user) {
    const [name = '', ...rest] = user.split(':');
    const mechanism = MECHANISMS.get(options.get('sasl') ?? 'scram-sha-512');
    if (!mechanism) throw wrong(`sasl is one of ${[...MECHANISMS.keys()].join(', ')}`);
    Object.assign(settings, {
      'sasl.mechanism': mechanism,
      'sasl.username': decoded(name),
      'sasl.password': decoded(rest.join(':')),
    });
  } else if (options.has('sasl')) throw wrong('sasl needs a user and password');
  for (const [option, setting] of Object.entries(FILES)) {
    const file = options.get(option);
    if (file === null) continue;
    if (!isSecure) throw wrong(`${option} is for kafkas://`);
    settings[setting] = file;
  }
  settings['security.protocol'] = `${user ? 'sasl_' : ''}${isSecure ? 'ssl' : 'plaintext'}`;
  const prefix = options.get('prefix') ?? '';
  if (!PREFIX.test(prefix)) throw wrong('prefix is letters, digits, ".", "_" and "-"');
  return { settings, prefix };
}

function brokerOf(host: string): string {
  const [, name, port = DEFAULT_PORT] = HOST.exec(host) ?? [];
  if (!name) throw wrong('a Kafka URL names its brokers as host:port, separated by commas');
  return `${name}:${port}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong('user and password of a Kafka URL are percent-encoded');
  }
}
