/**
 * Makes messages durable: an idempotent producer with acks=all, which sends again until every replica that counts has a
 * message, once and in order. While brokers are away publishers wait; only closing gives them up.
 *
 * Where the client itself can no longer promise that (its producer was fenced, or the broker forgot what it had
 * acknowledged) it crashes the program: what was published last is then published again by those who make it.
 */
import type { Message } from '#contracts/bus.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import { Failure } from '#errors.ts';
import type { Address } from './address.ts';
import { asked, type ClientError, connect, failureOf, loadClient, type Producer } from './client.ts';

/** Messages and bytes that may wait for the brokers; further publishers wait until there is room. */
const MAX_WAITING_MESSAGES = 50_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** A rule with the past of its indicators is some 100 KB; topics are made with the same limit. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Room for what the protocol puts around it. */
const MAX_VALUE_BYTES = MAX_MESSAGE_BYTES - 64 * 1024;
/** Who publishes within it goes in one request. */
const LINGER_MS = 1;
/** Longer than any acknowledgement of brokers that are well. */
const SLOW_ACKNOWLEDGEMENT_MS = 3_000;
/** What is still not acknowledged then is given up when the program ends. */
const CLOSE_TIMEOUT_MS = 5_000;
const FLUSH_MS = 100;

interface Call {
  readonly since: number;
  readonly bytes: number;
  readonly count: number;
  left: number;
  error: Failure | undefined;
  readonly done: () => void;
}

interface Waiting {
  readonly count: number;
  readonly bytes: number;
  admit(): void;
  refuse(why: Failure): void;
}

export interface PublisherOptions {
  readonly address: Address;
  readonly clock: Clock;
  readonly log: Log;
  crash(error: unknown): void;
}

export interface Part {
  readonly partition: number;
  readonly message: Message<unknown>;
}

export class Publisher {
  readonly producer: Producer;
  readonly #options: PublisherOptions;
  /** In the order they were made: the oldest is the first. */
  readonly #calls = new Set<Call>();
  readonly #queue: Waiting[] = [];
  #messages = 0;
  #bytes = 0;
  #isClosed = false;

  private constructor(options: PublisherOptions, producer: Producer) {
    this.#options = options;
    this.producer = producer;
    producer.on('delivery-report', (error, { opaque }) => this.#delivered(opaque as Call, error));
    producer.on('event.error', (error) => {
      if (error.isFatal) options.crash(failureOf(error));
    });
  }

  static async open(options: PublisherOptions): Promise<Publisher> {
    const { Producer } = loadClient();
    const producer = new Producer({
      ...options.address.settings,
      ...{ dr_cb: true, 'enable.idempotence': true, acks: -1, 'message.timeout.ms': 0, 'request.timeout.ms': 8_000 },
      ...{ 'linger.ms': LINGER_MS, 'compression.type': 'lz4', 'message.max.bytes': MAX_MESSAGE_BYTES },
      // The limits are ours: without room `publish` waits, and keeps its order.
      ...{ 'queue.buffering.max.messages': 0, 'queue.buffering.max.kbytes': 2_097_151 },
    });
    await connect(producer, 'tocsin-publisher', options.log);
    producer.setPollInBackground(true);
    return new Publisher(options, producer);
  }

  /** Null while acknowledgements come. */
  problem(): string | null {
    const [oldest] = this.#calls;
    const waited = oldest === undefined ? 0 : this.#options.clock.now() - oldest.since;
    return waited < SLOW_ACKNOWLEDGEMENT_MS ? null : `no acknowledgement for ${Math.round(waited / 1000)} s`;
  }

  async publish(topic: string, parts: readonly Part[]): Promise<void> {
    if (parts.length === 0) return;
    const values = parts.map(({ message }) => Buffer.from(JSON.stringify(message.value)));
    let bytes = 0;
    for (const value of values) {
      if (value.length > MAX_VALUE_BYTES) throw new Error(`a message of ${value.length} bytes for ${topic}`);
      bytes += value.length;
    }
    await this.#admitted(parts.length, bytes);
    await new Promise<void>((resolve, reject) => {
      const call: Call = {
        ...{ since: this.#options.clock.now(), bytes, count: parts.length, left: parts.length, error: undefined },
        done: () => (call.error ? reject(call.error) : resolve()),
      };
      this.#calls.add(call);
      for (const [index, { partition, message }] of parts.entries())
        try {
          this.producer.produce(topic, partition, values[index] as Buffer, message.key, null, call);
        } catch (error) {
          this.#delivered(call, error as ClientError);
        }
    });
  }

  /** First come, first served; a call larger than the limits goes in when nothing else waits. */
  #admitted(count: number, bytes: number): Promise<void> {
    return new Promise((admit, refuse) => {
      this.#queue.push({ count, bytes, admit, refuse });
      this.#letIn();
    });
  }

  #letIn(): void {
    for (let first = this.#queue[0]; first; first = this.#queue[0]) {
      const isFull =
        this.#messages > 0 &&
        (this.#messages + first.count > MAX_WAITING_MESSAGES || this.#bytes + first.bytes > MAX_WAITING_BYTES);
      if (isFull && !this.#isClosed) return;
      this.#queue.shift();
      if (this.#isClosed) first.refuse(new Failure('not-ready', 'the bus is closed'));
      else {
        this.#messages += first.count;
        this.#bytes += first.bytes;
        first.admit();
      }
    }
  }

  #delivered(call: Call, error: ClientError | null): void {
    if (error) call.error ??= failureOf(error);
    call.left -= 1;
    if (call.left > 0) return;
    this.#calls.delete(call);
    this.#messages -= call.count;
    this.#bytes -= call.bytes;
    call.done();
    this.#letIn();
  }

  /** What waits is sent while brokers answer; publishing afterwards is refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#letIn();
    const { clock } = this.#options;
    const until = clock.now() + CLOSE_TIMEOUT_MS;
    while (this.#messages > 0 && clock.now() < until)
      await asked((answer) => this.producer.flush(FLUSH_MS, answer)).catch(() => {});
    await asked((answer) => this.producer.disconnect(FLUSH_MS, answer));
    for (const call of this.#calls) {
      call.error = new Failure('bus-unavailable', 'the bus was closed before Kafka had acknowledged');
      call.done();
    }
    this.#calls.clear();
  }
}
