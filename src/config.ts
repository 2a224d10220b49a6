/**
 * Every setting, in one table: read once, all mistakes reported together, secrets also from `NAME_FILE` and never printed.
 * `docs/config.md` is generated from it.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { MAX_DURATION_MS, parseDuration, printDuration } from '#domain/time/duration.ts';

interface Setting<T> {
  readonly help: string;
  readonly fallback: T;
  /** How the value is written, for the docs and for error messages. */
  readonly form: string;
  readonly secret?: true;
  /** The value of `text`, or a sentence that says what is wrong. */
  readonly read: (text: string) => { readonly value: T } | { readonly problem: string };
  readonly print?: (value: T) => string;
}

const text = (help: string, fallback: string, form = 'text'): Setting<string> => ({
  help,
  fallback,
  form,
  read: (value) => ({ value }),
});
/** Text that `isRight` lets through. */
const checked = (
  help: string,
  fallback: string,
  form: string,
  isRight: (value: string) => boolean,
): Setting<string> => ({
  ...text(help, fallback, form),
  read: (value) => (isRight(value) ? { value } : { problem: `must be ${form}` }),
});
const secret = (setting: Setting<string>): Setting<string> => ({ ...setting, secret: true });
const key = (help: string, length: number): Setting<string> =>
  secret(checked(help, '', `at least ${length} characters`, (value) => value.length >= length));
const whole = (help: string, fallback: number, min: number, max: number): Setting<number> => ({
  help,
  fallback,
  form: `a whole number from ${min} to ${max}`,
  read: (value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max
      ? { value: number }
      : { problem: `must be a whole number from ${min} to ${max}` };
  },
});
const part = (help: string, fallback: number): Setting<number> => ({
  help,
  fallback,
  form: 'a number from 0 to 1',
  read: (value) => {
    const number = /^\d*\.?\d+$/.test(value) ? Number(value) : Number.NaN;
    return number <= 1 ? { value: number } : { problem: 'must be a number from 0 to 1' };
  },
});
const duration = (help: string, fallback: string): Setting<number> => ({
  help,
  fallback: parseDuration(fallback) as number,
  form: `a duration such as ${fallback}`,
  read: (value) => {
    const ms = parseDuration(value);
    return ms === undefined
      ? { problem: `must be a duration such as 500ms, 30s, 15m, 1h or 1d, up to ${printDuration(MAX_DURATION_MS)}` }
      : { value: ms };
  },
  print: printDuration,
});
const flag = (help: string, fallback: boolean): Setting<boolean> => ({
  help,
  fallback,
  form: 'true or false',
  read: (value) =>
    /^(true|1|yes|on)$/i.test(value)
      ? { value: true }
      : /^(false|0|no|off)$/i.test(value)
        ? { value: false }
        : { problem: 'must be true or false' },
});
const span = (help: string, fallback: number, max: number): Setting<number> => ({
  help,
  fallback,
  form: `a duration from 0ms to ${printDuration(max)}`,
  read: (value) => {
    const ms = /^0+(ms|s)?$/.test(value) ? 0 : parseDuration(value);
    return ms !== undefined && ms <= max
      ? { value: ms }
      : { problem: `must be a duration from 0ms to ${printDuration(max)}` };
  },
  print: (value) => (value === 0 ? '0ms' : printDuration(value)),
});
const addresses = (help: string): Setting<readonly string[]> => ({
  help,
  fallback: [],
  form: 'addresses and networks such as 127.0.0.1, 10.0.0.0/8',
  read: (value) => {
    const parts = value.split(',').map((part) => part.trim());
    const isGood = (part: string): boolean => {
      const [address = '', bits = '0', ...rest] = part.split('/');
      return (
        rest.length === 0 &&
        isIP(address) !== 0 &&
        /^\d{1,3}$/.test(bits) &&
        Number(bits) <= (isIP(address) === 4 ? 32 : 128)
      );
    };
    return parts.every(isGood) ? { value: parts } : { problem: 'must be addresses or networks, separated by commas' };
  },
  print: (value) => value.join(','),
});
const choice = <T extends string>(help: string, fallback: T, ...choices: readonly T[]): Setting<T> => ({
  help,
  fallback,
  form: `one of ${choices.join(', ')}`,
  read: (value) =>
    choices.includes(value as T) ? { value: value as T } : { problem: `must be one of ${choices.join(', ')}` },
});

const isUrl =
  (...protocols: readonly string[]) =>
  (value: string): boolean => {
    const url = URL.parse(value);
    return url !== null && protocols.includes(url.protocol) && url.hostname !== '';
  };
/** Several brokers with their ports are no URL by the standard; what is in it is read where the bus is opened. */
const KAFKA_URL = /^kafkas?:\/\/[^\s/?]+\/?(\?\S*)?$/;
const HOST_NAME = /^[a-z\d](?:[a-z\d._-]{0,251}[a-z\d])?$/i;
/** `you@example.com` or `Tocsin <you@example.com>`, in one line. */
const SENDER = /^(?:[^<>\r\n]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/;
/** What cannot be guessed: 32 characters of hexadecimal are 128 bits. */
const AUTH_SECRET_LENGTH = 32;
/** Typed by people now and then, and limited in tries. */
const OPERATOR_KEY_LENGTH = 16;

export const ROLES = ['ingest', 'evaluate', 'record', 'notify', 'gateway'] as const;
export type RoleName = (typeof ROLES)[number];
const roles = (help: string): Setting<readonly RoleName[]> => ({
  help,
  fallback: ROLES,
  form: `some of ${ROLES.join(',')}`,
  read(value) {
    const names = value.split(',').map((name) => name.trim());
    const isRole = (name: string): name is RoleName => ROLES.includes(name as RoleName);
    if (!names.every(isRole)) return { problem: `must be some of ${ROLES.join(',')}` };
    return { value: ROLES.filter((role) => names.includes(role)) };
  },
  print: (value) => value.join(','),
});

export const SETTINGS = {
  HOST: checked(
    'Address the page and API listen on.',
    '127.0.0.1',
    'an IP address or host name',
    (value) => isIP(value) !== 0 || HOST_NAME.test(value),
  ),
  PORT: whole('Port the page and API listen on; 0 takes a free one.', 3000, 0, 65535),
  PUBLIC_URL: checked(
    'How people reach this program from outside, for links in messages; empty means http://HOST:PORT.',
    '',
    'an http or https URL',
    isUrl('http:', 'https:'),
  ),
  STORE: secret(
    checked(
      'Where everything is kept: the embedded database (pglite:PATH, or pglite: for DATA_DIR) or a PostgreSQL server, 15 or newer (postgres://user:password@host:5432/database).',
      'pglite:',
      'pglite:PATH or a postgres URL',
      (value) => value.startsWith('pglite:') || isUrl('postgres:', 'postgresql:')(value),
    ),
  ),
  STORE_REPLICA: secret(
    checked(
      'A streaming replica of the PostgreSQL server of STORE (postgres://user:password@host:5432/database): charts and tests on history are read from it. Empty: from the server itself.',
      '',
      'a postgres URL',
      isUrl('postgres:', 'postgresql:'),
    ),
  ),
  STORE_REPLICA_LAG: duration(
    'How far the replica may be behind; beyond, history is read from the server itself until it has caught up.',
    '10s',
  ),
  BUS: secret(
    checked(
      'How messages go between roles: within this process (memory:, its log is in the store), through Redis or Valkey, 6.2 or newer (redis://user:password@host:6379/0, rediss://…), through RabbitMQ, 3.9 or newer (amqp://user:password@host:5672/vhost, amqps://…), or through Kafka, 4.0 or newer (kafka://user:password@host:9092,host:9092, kafkas://…).',
      'memory:',
      'memory:, a redis, amqp or kafka URL',
      (value) => value === 'memory:' || isUrl('redis:', 'rediss:', 'amqp:', 'amqps:')(value) || KAFKA_URL.test(value),
    ),
  ),
  SHARED: secret(
    checked(
      'What several gateways share, on Redis or Valkey (redis://user:password@host:6379/0, rediss://…): limits of requests and connections are counted over all of them, and a new one knows the latest prices at once. Empty: each counts for itself.',
      '',
      'a redis URL',
      isUrl('redis:', 'rediss:'),
    ),
  ),
  BUS_PARTITIONS: whole(
    'Into how many parts the instruments are divided on a shared bus: so many processes can share the fetching and the evaluating. The same for every process, and fixed once the bus has messages. Above 1, an alert can look only at instruments that fall into one part.',
    1,
    1,
    256,
  ),
  INGEST_CAPACITY: whole(
    'How much of the instruments this process fetches beside the others with the role ingest: one of 2 takes twice as much as one of 1.',
    1,
    1,
    1000,
  ),
  ROLES: roles('What this process does; the others need processes of their own on the same STORE and BUS.'),
  DATA_DIR: text('Folder of the embedded database, generated secrets and compiled sources.', './data', 'a path'),
  SOURCES: text(
    'Price sources, separated by spaces: demo, binance:BTC-USDT,ETH-USDT, replay:PATH?speed=max.',
    'demo',
    'names with options',
  ),
  DEMO_SEED: whole('Seed of the demo market: the same seed, the same prices.', 1, 0, 4_294_967_295),
  LOG_LEVEL: choice('How much is logged.', 'info', 'debug', 'info', 'warn', 'error', 'silent'),
  OTEL_EXPORTER_OTLP_ENDPOINT: checked(
    'Where traces go: an OpenTelemetry collector that takes OTLP over HTTP, such as http://127.0.0.1:4318; empty traces nothing.',
    '',
    'an http or https URL',
    isUrl('http:', 'https:'),
  ),
  TRACES: part('Which part of the ticks is traced; those that fire an alert are traced all the same.', 0.01),
  CANARY: span(
    'How often a test price crosses the whole chain, from a pushed price to a delivered message, such as 1m; 0ms never. Not beside a recording.',
    0,
    3_600_000,
  ),
  CANARY_URL: secret(
    checked(
      'Address that is called (GET) each time the canary has come through, so that somebody raises the alarm when the calls stop.',
      '',
      'an http or https URL',
      isUrl('http:', 'https:'),
    ),
  ),
  AUTH_SECRET: key(
    "Key that signs sessions and seals channels' settings; made and kept in DATA_DIR where it is empty.",
    AUTH_SECRET_LENGTH,
  ),
  OPERATOR_KEY: key(
    'Key (`x-operator-key`) that may push prices of shared instruments and read /metrics from afar.',
    OPERATOR_KEY_LENGTH,
  ),
  STREAM_WINDOW: span(
    'Ticks of one window go out to a live stream in one write; 0ms sends each by itself. A client may choose another.',
    50,
    5000,
  ),
  STREAM_BUFFER: whole(
    'Bytes that may wait for one live stream before it is closed to come back and resume.',
    65_536,
    16_384,
    16_777_216,
  ),
  MAX_ALERTS_PER_USER: whole('Alerts a user may have.', 1000, 1, 10_000_000),
  MAX_CHANNELS_PER_USER: whole('Channels a user may have.', 20, 1, 1000),
  MAX_INSTRUMENTS_PER_USER: whole('Pushed instruments a user may have.', 100, 1, 1_000_000),
  MAX_WATCHLISTS_PER_USER: whole('Watchlists a user may have.', 50, 1, 10_000),
  MAX_WATCHLIST_MEMBERS: whole('Instruments one watchlist may hold.', 1000, 1, 10_000),
  MAX_WATCHED_MEMBERS_PER_USER: whole(
    'Members that the alerts of a user over watchlists may watch together.',
    20_000,
    1,
    10_000_000,
  ),
  MAX_BODY_BYTES: whole('Largest request body.', 1_048_576, 1024, 104_857_600),
  MAX_CONNECTIONS: whole('Live streams in all; each takes a file descriptor.', 20_000, 1, 1_000_000),
  MAX_CONNECTIONS_PER_USER: whole('Live streams a user may hold open.', 20, 1, 1_000_000),
  MAX_CONNECTIONS_PER_ADDRESS: whole('Live streams from one address; see TRUSTED_PROXIES.', 500, 1, 1_000_000),
  MAX_SYMBOLS_PER_STREAM: whole('Symbols one live stream may name; it may also have all.', 1000, 1, 1000),
  TRUSTED_PROXIES: addresses(
    'Proxies whose X-Forwarded-For is believed, separated by commas. Without it all who come through one share its address.',
  ),
  RATE_LIMIT: whole('Requests a minute from one user or address; 0 switches it off.', 600, 0, 1_000_000),
  TICK_RETENTION: duration('How long single ticks are kept.', '7d'),
  CANDLE_RETENTION: duration('How long candles of one minute are kept.', '520w'),
  CANDLE_5M_RETENTION: duration('How long candles of five minutes are kept; no shorter than those of one.', '520w'),
  CANDLE_1H_RETENTION: duration('How long candles of an hour are kept; no shorter than those of five minutes.', '520w'),
  CANDLE_1D_RETENTION: duration('How long candles of a day are kept; no shorter than those of an hour.', '520w'),
  STOP_DELAY: span(
    'How long the program goes on as before when it is told to stop, while /readyz already says 503, such as 10s: as long as the load balancer before several gateways takes to look and to send nobody here any more.',
    0,
    600_000,
  ),
  CHECKPOINT_EVERY: duration('How often the evaluator saves its state; more often means a faster restart.', '5s'),
  SMTP_URL: secret(
    checked(
      'Mail server for e-mail alerts: smtp://user:password@host:587 or smtps://…; empty switches e-mail off.',
      '',
      'an smtp or smtps URL',
      isUrl('smtp:', 'smtps:'),
    ),
  ),
  SMTP_FROM: checked('Sender of e-mail alerts.', 'Tocsin <tocsin@localhost>', 'an e-mail address', (value) =>
    SENDER.test(value),
  ),
  WEBHOOK_ALLOW_PRIVATE: flag(
    'Webhooks may reach loopback and private networks. Only for a server whose users you trust.',
    false,
  ),
} as const;

type Value<S> = S extends Setting<infer T> ? T : never;
export type Config = { readonly [K in keyof typeof SETTINGS]: Value<(typeof SETTINGS)[K]> };
export type SettingName = keyof typeof SETTINGS;

/** The settings in `env`, or every mistake in it, one sentence each. Unknown names are not ours to judge. */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
): { readonly config: Config } | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS) as [SettingName, Setting<unknown>][]) {
    values[name] = setting.fallback;
    let given = env[name];
    const file = env[`${name}_FILE`];
    if (setting.secret && file) {
      if (given) problems.push(`${name} and ${name}_FILE are both set: keep one`);
      try {
        given = readFileSync(file, 'utf8').trim();
      } catch (error) {
        problems.push(
          `${name}_FILE: cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
        );
      }
    }
    if (given === undefined || given === '') continue;
    const result = setting.read(given);
    if ('problem' in result) problems.push(`${name} ${result.problem}${setting.secret ? '' : `, not "${given}"`}`);
    else values[name] = result.value;
  }
  return problems.length > 0 ? { problems } : { config: values as Config };
}

/** Settings that are right each by itself and wrong together. */
export function contradictions(config: Config): readonly string[] {
  const problems: string[] = [];
  const isShared = config.BUS !== 'memory:';
  const isPart = config.ROLES.length < ROLES.length;
  if (isPart && !isShared) problems.push('ROLES: some of the roles alone need a BUS that processes share');
  if (isShared && config.STORE.startsWith('pglite:')) {
    if (isPart) problems.push('ROLES: some of the roles alone need a STORE that processes share');
  } else if (isShared && config.AUTH_SECRET === '')
    problems.push('AUTH_SECRET must be set, the same for every process on one STORE and BUS');
  if (config.STORE_REPLICA !== '' && config.STORE.startsWith('pglite:'))
    problems.push('STORE_REPLICA: the embedded database has no replica; STORE must be the server that it follows');
  const retentions = ['CANDLE_RETENTION', 'CANDLE_5M_RETENTION', 'CANDLE_1H_RETENTION', 'CANDLE_1D_RETENTION'] as const;
  retentions.slice(1).forEach((longer, place) => {
    const shorter = retentions[place] as (typeof retentions)[number];
    if (config[longer] < config[shorter])
      problems.push(`${longer} is less than ${shorter}: longer candles are kept at least as long as shorter ones`);
  });
  if (config.CANARY_URL !== '' && config.CANARY === 0)
    problems.push('CANARY_URL is called by the canary: set CANARY, to 1m for example');
  const linksNeed = config.ROLES.includes('notify') && !config.ROLES.includes('gateway');
  if (linksNeed && config.PUBLIC_URL === '')
    problems.push(
      'PUBLIC_URL must be set where messages are sent by a process without the gateway: for the links in them',
    );
  return problems;
}

/** One `NAME=value` line a setting, as it is in force; secrets only as "(set)" or "(not set)". */
export function printConfig(config: Config): string {
  return (Object.entries(SETTINGS) as [SettingName, Setting<unknown>][])
    .map(([name, setting]) => {
      const value = config[name];
      if (setting.secret) return `${name}=${value === '' ? '(not set)' : '(set)'}`;
      return `${name}=${setting.print ? setting.print(value) : String(value)}`;
    })
    .join('\n');
}
