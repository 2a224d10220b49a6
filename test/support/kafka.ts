/**
 * A real Kafka for a test: one node or three, each broker and controller at once, on free ports of this machine and with
 * files of their own, gone when the test ends. A node can be killed, paused, stopped and started again. The jars are
 * those in KAFKA_HOME/libs.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { clientMissing } from '#adapters/bus/kafka/client.ts';
import { makeWill } from './last-will.ts';
import { freePorts } from './ports.ts';

export interface KafkaNode {
  start(): Promise<void>;
  /** As an operator does: it hands over what it leads. */
  stop(): Promise<void>;
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
}

/** To one broker: what listens at `port` must pass on to `behindProxy`. */
export interface Door {
  readonly port: number;
  readonly behindProxy: number;
}

/** To all of them. */
export interface Way {
  readonly url: string;
  readonly doors: readonly Door[];
}

export interface KafkaServer {
  readonly url: string;
  /** For those who come through something that can be cut. */
  readonly ways: readonly Way[];
  /** The same over TLS with a password; `certificate` is the file to trust. A guest may do what nobody is permitted alone. */
  readonly secure: { readonly port: number; readonly certificate: string } | null;
  readonly nodes: readonly KafkaNode[];
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

export const USER = { name: 'tocsin', password: 'p@ss:word/ü' };
export const GUEST = { name: 'guest', password: 'guest' };

/** Why there can be no Kafka here, or null. With `kafka` in TOCSIN_REQUIRE that is an error. */
export function kafkaMissing(): string | null {
  const hasJava = (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'java')));
  const reason = !existsSync(LIBS)
    ? 'no Kafka: KAFKA_HOME/libs is not there'
    : hasJava
      ? clientMissing()
      : 'no Java on this machine (Debian: apt-get install default-jre-headless)';
  if (reason !== null && (process.env['TOCSIN_REQUIRE'] ?? '').split(',').includes('kafka')) throw new Error(reason);
  return reason;
}

const LIBS = join(process.env['KAFKA_HOME'] ?? '/opt/kafka', 'libs');
/** Any will do: the nodes of one cluster share it. */
const CLUSTER = 'VG9jc2luVGVzdENsdXN0ZQ';
/** A small heap, and no more compiling than a short life is worth. */
const JVM = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-Djava.awt.headless=true'];

interface Ports {
  readonly plain: number;
  readonly controller: number;
  readonly secure: number;
  readonly ways: readonly Door[];
}

/**
 * How soon is missed who is gone: soon, for tests that wait for it, but not who is only held up on a busy machine; or as
 * docs/scale-out.md advises.
 */
const TIMES = {
  quick: {
    'group.consumer.min.session.timeout.ms': 4000,
    'group.consumer.session.timeout.ms': 4000,
    'group.consumer.min.heartbeat.interval.ms': 100,
    'group.consumer.heartbeat.interval.ms': 100,
    'broker.heartbeat.interval.ms': 300,
    'broker.session.timeout.ms': 2000,
    'replica.lag.time.max.ms': 3000,
  },
  advised: {
    'group.consumer.min.session.timeout.ms': 6000,
    'group.consumer.session.timeout.ms': 6000,
    'group.consumer.min.heartbeat.interval.ms': 1000,
    'group.consumer.heartbeat.interval.ms': 1500,
  },
} as const;

interface Look {
  readonly times: keyof typeof TIMES;
  readonly keyStore: string | null;
}

function settingsOf(id: number, all: readonly Ports[], folder: string, { times, keyStore }: Look): string {
  const { plain, controller, secure, ways } = all[id - 1] as Ports;
  const copies = Math.min(3, all.length);
  const inner = ways.map(({ behindProxy }, way) => [`WAY${way}`, behindProxy] as const);
  const told = ways.map(({ port }, way) => [`WAY${way}`, port] as const);
  const listeners = { PLAIN: plain, ...(keyStore && { SECURE: secure }), ...Object.fromEntries(inner) };
  const settings: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': all.map((ports, index) => `${index + 1}@127.0.0.1:${ports.controller}`).join(),
    listeners: [
      ...Object.entries(listeners).map(([name, port]) => `${name}://127.0.0.1:${port}`),
      `CONTROLLER://127.0.0.1:${controller}`,
    ].join(),
    'advertised.listeners': Object.entries({ ...listeners, ...Object.fromEntries(told) })
      .map(([name, port]) => `${name}://127.0.0.1:${port}`)
      .join(),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAIN',
    'listener.security.protocol.map': [
      ...['PLAIN', 'CONTROLLER', ...told.map(([name]) => name)].map((name) => `${name}:PLAINTEXT`),
      'SECURE:SASL_SSL',
    ].join(),
    'log.dirs': join(folder, 'log'),
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': copies,
    'share.coordinator.state.topic.replication.factor': copies,
    ...TIMES[times],
    'num.network.threads': 2,
    'num.io.threads': 2,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
  };
  if (keyStore) {
    const jaas = `org.apache.kafka.common.security.plain.PlainLoginModule required username="${USER.name}" password="${USER.password}" user_${USER.name}="${USER.password}" user_${GUEST.name}="${GUEST.password}";`;
    Object.assign(settings, {
      'sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.secure.plain.sasl.jaas.config': jaas,
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': `User:ANONYMOUS;User:${USER.name}`,
      'allow.everyone.if.no.acl.found': 'true',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': keyStore,
    });
  }
  // The file is Latin-1, as Java's are: what is beyond it is escaped.
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
    .replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function makeKeyStore(folder: string): { readonly keyStore: string; readonly certificate: string } {
  const [key, certificate, keyStore] = ['key.pem', 'certificate.pem', 'store.pem'].map((name) => join(folder, name));
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
      ...(['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', key, '-out', certificate] as string[]),
    ],
    { stdio: 'ignore' },
  );
  writeFileSync(keyStore as string, [key, certificate].map((file) => readFileSync(file as string, 'utf8')).join(''));
  return { keyStore: keyStore as string, certificate: certificate as string };
}

export interface KafkaOptions {
  readonly nodes?: 1 | 3;
  readonly secure?: boolean;
  readonly ways?: number;
  readonly times?: keyof typeof TIMES;
}

export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const { nodes: count = 1, secure = false, ways = 1, times = 'quick' } = options;
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-kafka-'));
  const revoke = makeWill({ folder });
  const numbers = await freePorts(count * (3 + 2 * ways));
  const port = (): number => numbers.pop() as number;
  const all = Array.from(
    { length: count },
    (): Ports => ({
      ...{ plain: port(), controller: port(), secure: port() },
      ways: Array.from({ length: ways }, () => ({ port: port(), behindProxy: port() })),
    }),
  );
  const keys = secure ? makeKeyStore(folder) : null;
  const logging = join(folder, 'log4j2.properties');
  writeFileSync(
    logging,
    `rootLogger.level=ERROR
rootLogger.appenderRef.out.ref=Out
logger.started.name=kafka.server.KafkaRaftServer
logger.started.level=INFO
appender.out.type=Console
appender.out.name=Out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%m%n
`,
  );
  const java = [...JVM, `-Dlog4j2.configurationFile=${logging}`, '-cp', join(LIBS, '*')];
  const nodes = await Promise.all(
    all.map(async (_, index) => {
      const home = join(folder, String(index + 1));
      mkdirSync(home);
      const file = join(home, 'server.properties');
      writeFileSync(file, settingsOf(index + 1, all, home, { times, keyStore: keys?.keyStore ?? null }));
      await promisify(execFile)('java', [...java, 'kafka.tools.StorageTool', 'format', '-t', CLUSTER, '-c', file]);
      return createNode([...java, '-Xmx384m', 'kafka.Kafka', file]);
    }),
  );
  await Promise.all(nodes.map((node) => node.start()));
  const [first] = all as [Ports];
  const urlOf = (ports: readonly number[]): string => `kafka://${ports.map((port) => `127.0.0.1:${port}`).join()}`;
  return {
    url: urlOf(all.map(({ plain }) => plain)),
    ways: first.ways.map((_, way) => {
      const doors = all.map((ports) => ports.ways[way] as Door);
      return { url: urlOf(doors.map((door) => door.port)), doors };
    }),
    secure: keys && { port: first.secure, certificate: keys.certificate },
    nodes,
    async remove() {
      await Promise.all(nodes.map((node) => node.kill()));
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      revoke();
    },
  };
}

function createNode(command: readonly string[]): KafkaNode {
  let child: ChildProcess | undefined;
  let exited: Promise<void> = Promise.resolve();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child?.kill(signal);
    await exited;
  };
  return {
    async start() {
      const server = spawn('java', command, { stdio: ['ignore', 'pipe', 'inherit'] });
      makeWill({ child: server });
      child = server;
      exited = new Promise((resolve) => server.once('exit', () => resolve()));
      let said = '';
      await new Promise<void>((resolve, reject) => {
        server.stdout.on('data', (text: Buffer) => {
          said = (said + text).slice(-10_000);
          if (said.includes('Kafka Server started')) resolve();
        });
        void exited.then(() => reject(new Error(`Kafka ended: ${said}`)));
      });
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
  };
}
