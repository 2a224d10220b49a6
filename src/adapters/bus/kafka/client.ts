/**
 * The Kafka client, as far as we use it: librdkafka by its Node binding, which has to be built for the machine
 * (docs/adr/0017) and may be absent. Its callbacks become promises, its errors `Failure`s, what it logs ours. Why a broker
 * cannot be reached (a wrong password, a certificate) it says in its log alone.
 */
import { createRequire } from 'node:module';
import type { Log } from '#contracts/log.ts';
import { Failure } from '#errors.ts';

const PACKAGE = '@confluentinc/kafka-javascript';
const require = createRequire(new URL('client/', import.meta.url));

export type Settings = Readonly<Record<string, string | number | boolean | ((...args: never) => void)>>;

export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}
export interface KafkaMessage extends Place {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}
export interface ClientError {
  readonly message: string;
  readonly code: number;
  readonly isFatal?: boolean;
}
type Answer<T = unknown> = (error: ClientError | null, result: T) => void;

interface Client {
  connect(options: { readonly timeout: number; readonly allTopics: boolean }, answer: Answer): unknown;
  /** Of the brokers alone, or of a topic too. */
  getMetadata(
    options: { readonly timeout: number } & ({ readonly allTopics: false } | { readonly topic: string }),
    answer: Answer<Metadata>,
  ): void;
  on(event: 'event.error' | 'event.log', listener: (event: ClientError) => void): unknown;
}
export interface Metadata {
  readonly brokers: readonly { readonly id: number }[];
}
export interface Producer extends Client {
  on(event: 'event.error' | 'event.log', listener: (event: ClientError) => void): unknown;
  on(
    event: 'delivery-report',
    listener: (error: ClientError | null, report: { readonly opaque: unknown }) => void,
  ): unknown;
  produce(topic: string, partition: number, value: Buffer, key: string, timestamp: null, opaque: unknown): void;
  setPollInBackground(yes: boolean): void;
  flush(timeoutMs: number, answer: Answer): void;
  disconnect(timeoutMs: number, answer: Answer): void;
}
export interface Consumer extends Client {
  subscribe(topics: readonly string[]): void;
  consume(limit: number, answer: Answer<readonly KafkaMessage[]>): void;
  setDefaultConsumeTimeout(timeoutMs: number): void;
  assign(places: readonly Place[]): void;
  incrementalAssign(places: readonly Place[]): void;
  incrementalUnassign(places: readonly Omit<Place, 'offset'>[]): void;
  pause(places: readonly Omit<Place, 'offset'>[]): void;
  resume(places: readonly Omit<Place, 'offset'>[]): void;
  assignmentLost(): boolean;
  commit(places: readonly Place[]): void;
  committed(
    places: readonly Omit<Place, 'offset'>[],
    timeoutMs: number,
    answer: Answer<readonly (Omit<Place, 'offset'> & { readonly offset?: number | null })[]>,
  ): void;
  disconnect(answer: Answer): void;
}
export interface TopicDescription {
  readonly name: string;
  readonly topicId: { readonly base64: string };
  readonly error?: ClientError;
  readonly partitions: readonly {
    readonly partition: number;
    readonly leader?: unknown;
    readonly replicas: readonly unknown[];
  }[];
}
export interface Admin {
  createTopic(topic: object, timeoutMs: number, answer: Answer): void;
  describeTopics(
    names: readonly string[],
    options: { readonly timeout: number },
    answer: Answer<readonly TopicDescription[]>,
  ): void;
  listOffsets(
    places: readonly { readonly topic: string; readonly partition: number; readonly offset: unknown }[],
    options: { readonly timeout: number },
    answer: Answer<readonly (Place & { readonly error?: ClientError })[]>,
  ): void;
}
interface Binding {
  readonly KafkaConsumer: new (settings: Settings, ofTopics: Settings) => Consumer;
  readonly Producer: new (settings: Settings) => Producer;
  readonly AdminClient: {
    createFrom(client: Producer): Admin;
    readonly OffsetSpec: { readonly EARLIEST: unknown; readonly LATEST: unknown };
  };
}

/** Error codes by their meaning; negative ones are librdkafka's own. */
export const CODES = {
  assignPartitions: -175,
  topicExists: 36,
  /** Another member has the partition by now, or we are none any more. */
  fenced: new Set([22, 25, 27, 82, 110]),
  /** The group has changed, and we are to hear of it with the next beat. */
  staleEpoch: 113,
  /** The user may not be in the group. */
  groupForbidden: 30,
  /** A broker too old for the group protocol says so in one of these ways. */
  unsupported: new Set([-165, 35]),
} as const;

/** How long one question to the broker may take, attempts within the client included. */
export const ANSWER_TIMEOUT_MS = 5_000;

/** Why there is no client here, or null. */
export function clientMissing(): string | null {
  try {
    require(PACKAGE);
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'MODULE_NOT_FOUND' ? '' : ` (${message.split('\n')[0]})`;
    return `the Kafka client is not built on this machine: run "npm run build:kafka"${why}`;
  }
}

export function loadClient(): Binding {
  const missing = clientMissing();
  if (missing !== null) throw new Failure('bus-unavailable', missing);
  return require(PACKAGE) as Binding;
}

/** A promise of what a call with a callback answers. */
export function asked<T>(call: (answer: Answer<T>) => void): Promise<T> {
  return new Promise((resolve, reject) =>
    call((error, result) => (error ? reject(failureOf(error)) : resolve(result))),
  );
}

/** The world failed; `code` keeps what the client called it. */
export class KafkaFailure extends Failure {
  readonly kafkaCode: number;
  constructor(error: ClientError) {
    super('bus-unavailable', error.message);
    this.kafkaCode = error.code;
  }
}
export const failureOf = (error: ClientError): KafkaFailure => new KafkaFailure(error);

/** Opens a client; where the broker cannot be reached that is told at once. */
export async function connect(client: Client, name: string, log: Log): Promise<void> {
  let said: string | undefined;
  client.on('event.log', ({ message }) => {
    // `[thread]: broker: what happened`
    said = message.replace(/^\[thrd:[^\]]*\]: /, '');
    log.debug({ client: name }, message);
  });
  await asked((answer) => client.connect({ timeout: ANSWER_TIMEOUT_MS, allTopics: false }, answer)).catch(
    (error: unknown) => {
      const reason = said ?? (error instanceof Error ? error.message : String(error));
      throw new Failure('bus-unavailable', `${name} cannot reach Kafka: ${reason}`);
    },
  );
}

export async function close(client: Consumer): Promise<void> {
  await asked((answer) => client.disconnect(answer));
}
