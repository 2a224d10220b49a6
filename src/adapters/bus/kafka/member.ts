/**
 * One member of a consumer group. The broker says which partitions it has, by the protocol of KIP-848: no stop for all
 * when one comes or goes; a partition is given to another only when its reader has let go of it, or has not been heard
 * of for the session's time.
 *
 *   told to take it ──> assigned ──> reading ──> last batch ──> revoked ──> let go of     (told to, or leaving)
 *                                       └──────> last batch ──> revoked                   (lost: another has it)
 */
import type { ConsumerHandler, StoredMessage } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import { Failure } from '#errors.ts';
import type { Address } from './address.ts';
import { type ClientError, CODES, failureOf, type KafkaMessage, type Place } from './client.ts';
import { Commits, committedOf } from './commits.ts';
import { decode } from './decode.ts';
import { type Feed, openFeed } from './feed.ts';
import type { Topics } from './topics.ts';

/** Large enough for the recorder's bulk inserts, small enough that the evaluator stops within some 10 ms. */
const MAX_BATCH = { messages: 10_000, bytes: 2 * 1024 * 1024 };
/** What a partition may hold for a slow handler: beyond the first it is paused until it is down to the second. */
const MAX_SEAT = { messages: 20_000, bytes: 4 * 1024 * 1024 };
const ENOUGH_SEAT = { messages: 5_000, bytes: 1024 * 1024 };
const RETRY_MS = 200;
/** Whether what was forbidden is allowed by now. */
const ASK_AGAIN_MS = 1_000;
/** A partition finds another leader within it. */
const UNWELL_AFTER_MS = 10_000;
/** A broker that hung and is back tells of an older end, until it has learned that another leads the partition. */
const LOST_AFTER_MS = 10_000;

interface Seat {
  readonly partition: number;
  readonly stop: AbortController;
  readonly messages: StoredMessage<unknown>[];
  /** Of each of them, and of all, in bytes. */
  readonly sizes: number[];
  bytes: number;
  /** The broker's offset of what comes next. */
  next: number;
  isPaused: boolean;
  isLost: boolean;
  wake: () => void;
  /** Whoever reads it knows that it is ours, and where to begin. */
  readonly seated: Promise<void>;
  reading: Promise<void>;
  rising: Promise<void> | null;
}

export interface MemberOptions {
  readonly address: Address;
  /** Its name for us, its name on the broker, and where its offsets begin. */
  readonly topic: string;
  readonly kafkaTopic: string;
  readonly origin: number;
  readonly group: string;
  readonly groupId: string;
  readonly topics: Topics;
  readonly handler: ConsumerHandler<unknown>;
  readonly gatherMs: number;
  readonly clock: Clock;
  readonly log: Log;
  crash(error: unknown): void;
}

export class Member {
  readonly #options: MemberOptions;
  readonly #seats = new Map<number, Seat>();
  readonly #closing = new AbortController();
  /** What the broker tells is done one after the other, as it tells it. */
  #turn: Promise<void> = Promise.resolve();
  #feed!: Feed;
  #commits!: Commits;
  /** Ours, but the broker does not say where they begin. */
  readonly #unbegun = new Map<number, { readonly since: number; readonly reason: string }>();
  /** Why the broker does not let us read, or null. */
  #refusal: string | null = null;
  #isLeaving = false;
  #left: Promise<void> | null = null;

  private constructor(options: MemberOptions) {
    this.#options = options;
  }

  static async join(options: MemberOptions): Promise<Member> {
    const member = new Member(options);
    const { address, clock, log, groupId, kafkaTopic, gatherMs } = options;
    member.#feed = await openFeed({
      ...{ address, clock, log, groupId, gatherMs, name: `tocsin-${options.group}` },
      received: (records) => member.#received(records),
      rebalanced: (code, places) => member.#rebalanced(code, places),
      failed({ code, message }) {
        if (CODES.unsupported.has(code))
          options.crash(new Failure('bus-unavailable', `Kafka 4.0 or newer is needed: ${message}`));
        if (code === CODES.groupForbidden) member.#refused(message).catch(options.crash);
      },
    });
    member.#commits = new Commits(member.#feed, kafkaTopic, clock, member.#closing.signal, (partition) =>
      member.owns(partition),
    );
    member.#feed.consumer.subscribe([kafkaTopic]);
    return member;
  }

  /** Ours, by all we know. */
  owns(partition: number): boolean {
    const seat = this.#seats.get(partition);
    return seat !== undefined && !seat.isLost && !this.#feed.consumer.assignmentLost();
  }

  /** Null while all that is ours is read. */
  problem(): string | null {
    const { clock, topic } = this.#options;
    if (this.#refusal !== null) return this.#refusal;
    for (const [partition, { since, reason }] of this.#unbegun)
      if (clock.now() - since > UNWELL_AFTER_MS)
        return `it does not say where to read ${topic} ${partition}: ${reason}`;
    return null;
  }

  /** It is said once, and as soon as it is allowed the client goes on by itself. */
  async #refused(message: string): Promise<void> {
    const { clock, kafkaTopic, groupId } = this.#options;
    const isAsked = this.#refusal !== null;
    this.#refusal = `the group ${groupId}: ${message}`;
    if (isAsked) return;
    while (this.#refusal !== null && !this.#closing.signal.aborted) {
      await sleep(clock, ASK_AGAIN_MS, this.#closing.signal);
      try {
        // Only those who may be in the group are answered.
        await committedOf(this.#feed.consumer, kafkaTopic, [0]);
        this.#refusal = null;
      } catch (error) {
        if (!(error instanceof Failure) && !this.#closing.signal.aborted) throw error;
      }
    }
  }

  commit(partition: number, offset: number): Promise<boolean> {
    return this.#commits.commit(partition, offset);
  }

  leave(): Promise<void> {
    this.#left ??= this.#leave();
    return this.#left;
  }

  async #leave(): Promise<void> {
    this.#isLeaving = true;
    await Promise.all([...this.#seats.values()].map((seat) => this.#rise(seat)));
    await this.#turn;
    await this.#commits.idle();
    this.#closing.abort();
    await this.#feed.close();
    await this.#turn;
  }

  #rebalanced(code: number, places: readonly Omit<Place, 'offset'>[]): void {
    const { consumer } = this.#feed;
    const isLost = code !== CODES.assignPartitions && consumer.assignmentLost();
    if (isLost) for (const { partition } of places) this.#lose(partition);
    this.#turn = this.#turn
      .then(async () => {
        if (code === CODES.assignPartitions) this.#takeOn(await this.#sit(places));
        else {
          const seats = places.flatMap(({ partition }) => this.#seats.get(partition) ?? []);
          await Promise.all(seats.map((seat) => this.#rise(seat)));
          this.#letGo(places);
        }
      })
      .catch((error: unknown) => this.#options.crash(error));
  }

  /** A client that is closing takes nothing on, but waits for the answer all the same. */
  #takeOn(begins: readonly Place[]): void {
    const { consumer } = this.#feed;
    try {
      consumer.incrementalAssign(begins);
    } catch (error) {
      // The client throws bare objects.
      if (!this.#isLeaving) throw failureOf(error as ClientError);
      this.#letGo(begins);
    }
  }

  #letGo(places: readonly Omit<Place, 'offset'>[]): void {
    try {
      this.#feed.consumer.incrementalUnassign(places);
    } catch (error) {
      if (!this.#isLeaving) throw failureOf(error as ClientError);
    }
  }

  #lose(partition: number): void {
    const seat = this.#seats.get(partition);
    if (!seat) return;
    seat.isLost = true;
    seat.stop.abort();
    const { log, topic, group } = this.#options;
    log.warn({ topic, group, partition }, 'a partition was lost: the broker had not heard of this process');
  }

  /** Where each begins; those that cannot be read, for we are leaving, are let go of in a moment. */
  async #sit(places: readonly Omit<Place, 'offset'>[]): Promise<readonly Place[]> {
    return Promise.all(
      places.map(async ({ topic, partition }) => {
        if (this.#isLeaving) return { topic, partition, offset: 0 };
        const { handler, origin } = this.#options;
        const seated = Promise.withResolvers<void>();
        const seat: Seat = {
          ...{
            partition,
            stop: new AbortController(),
            messages: [],
            sizes: [],
            bytes: 0,
            next: 0,
            isPaused: false,
            isLost: false,
          },
          ...{ wake: () => {}, seated: seated.promise, reading: Promise.resolve(), rising: null },
        };
        this.#seats.set(partition, seat);
        try {
          const wanted = await handler.assigned(partition);
          seat.next = await this.#begin(partition, wanted === undefined ? undefined : wanted - origin);
          this.#unbegun.delete(partition);
          seat.reading = this.#read(seat).catch((error: unknown) => {
            seat.stop.abort();
            this.#options.crash(error);
          });
        } finally {
          seated.resolve();
        }
        return { topic, partition, offset: seat.next };
      }),
    );
  }

  #rise(seat: Seat): Promise<void> {
    seat.rising ??= (async () => {
      const { handler, crash } = this.#options;
      seat.stop.abort();
      await seat.seated;
      seat.wake();
      await seat.reading;
      await handler.revoked(seat.partition).catch(crash);
      this.#seats.delete(seat.partition);
    })();
    return seat.rising;
  }

  /** The broker's offset to start at: where asked, else at the group's commit, else at the beginning. */
  async #begin(partition: number, wanted: number | undefined): Promise<number> {
    const { topics, kafkaTopic, topic, group, log, clock } = this.#options;
    const { signal } = this.#closing;
    const lostAt = clock.now() + LOST_AFTER_MS;
    while (!this.#isLeaving) {
      try {
        const [bounds] = await topics.bounds(kafkaTopic, [partition]);
        const { first, end } = bounds as { first: number; end: number };
        const offset = wanted ?? (await committedOf(this.#feed.consumer, kafkaTopic, [partition]))[0] ?? first;
        if (offset > end) {
          if (clock.now() > lostAt)
            throw new Error(
              `the Kafka topic ${kafkaTopic} ends at ${end} in partition ${partition}, before what was read and acted on (${offset}): ` +
                'its brokers have lost acknowledged messages',
            );
          await sleep(clock, RETRY_MS, signal);
          continue;
        }
        // Less than 0 is an offset of the bus before this one.
        if (offset < first && offset >= 0)
          log.error({ topic, group, partition, offset, first }, 'the log no longer holds what a reader asked for');
        return Math.max(offset, first);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (!this.#unbegun.has(partition)) {
          log.warn({ topic, group, partition, reason: error.message }, 'where to begin is not known; asking again');
          this.#unbegun.set(partition, { since: clock.now(), reason: error.message });
        }
        await sleep(clock, RETRY_MS, signal);
      }
    }
    return 0;
  }

  #received(records: readonly KafkaMessage[]): void {
    const { origin, log, kafkaTopic } = this.#options;
    const woken = new Set<Seat>();
    for (const record of records) {
      const seat = this.#seats.get(record.partition);
      if (!seat || seat.stop.signal.aborted) continue;
      if (record.offset !== seat.next && !this.#isNext(seat, record.offset)) continue;
      seat.next = record.offset + 1;
      const message = decode(record, origin);
      if (message) put(seat, message, record.value?.length ?? 0);
      else
        log.error({ topic: kafkaTopic, partition: record.partition, offset: record.offset }, 'not a message of ours');
      woken.add(seat);
    }
    for (const seat of woken) {
      if (!seat.isPaused && (seat.messages.length > MAX_SEAT.messages || seat.bytes > MAX_SEAT.bytes))
        this.#setPaused(seat, true);
      seat.wake();
    }
  }

  #isNext(seat: Seat, offset: number): boolean {
    const { log, topic, group, kafkaTopic, crash } = this.#options;
    if (offset > seat.next) {
      log.error(
        { topic, group, partition: seat.partition, offset: seat.next, first: offset },
        'the log no longer holds what a reader asked for',
      );
      return true;
    }
    seat.stop.abort();
    crash(
      new Error(
        `partition ${seat.partition} of the Kafka topic ${kafkaTopic} went back from ${seat.next} to ${offset}`,
      ),
    );
    return false;
  }

  #setPaused(seat: Seat, isPaused: boolean): void {
    seat.isPaused = isPaused;
    const places = [{ topic: this.#options.kafkaTopic, partition: seat.partition }];
    const { consumer } = this.#feed;
    if (isPaused) consumer.pause(places);
    else consumer.resume(places);
  }

  async #read(seat: Seat): Promise<void> {
    const { handler } = this.#options;
    const { partition, stop } = seat;
    while (!stop.signal.aborted) {
      if (seat.messages.length === 0) {
        await new Promise<void>((resolve) => {
          seat.wake = resolve;
        });
        continue;
      }
      const messages = takeBatch(seat);
      if (seat.isPaused && seat.messages.length <= ENOUGH_SEAT.messages && seat.bytes <= ENOUGH_SEAT.bytes)
        this.#setPaused(seat, false);
      await handler.batch({ partition, messages, nextOffset: (messages.at(-1)?.offset ?? 0) + 1 });
    }
  }
}

function put(seat: Seat, message: StoredMessage<unknown>, size: number): void {
  seat.messages.push(message);
  seat.sizes.push(size);
  seat.bytes += size;
}

/** As many as make a batch, at least one. */
function takeBatch(seat: Seat): readonly StoredMessage<unknown>[] {
  let count = 0;
  let bytes = 0;
  for (; count < Math.min(seat.messages.length, MAX_BATCH.messages); count += 1) {
    const size = seat.sizes[count] as number;
    if (count > 0 && bytes + size > MAX_BATCH.bytes) break;
    bytes += size;
  }
  seat.bytes -= bytes;
  seat.sizes.splice(0, count);
  return seat.messages.splice(0, count);
}
