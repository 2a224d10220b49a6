/**
 * One member of a group that shares the partitions of a topic, on a bus that keeps leases of its own. Who owns what is
 * decided in one step where the leases are kept, under a lease that each beat renews for all partitions of the member.
 *
 *   owned ──> sitting ──> reading ──> rising ──> let go of        (told not to keep it, or leaving)
 *                            └──────> rising                      (lost: the lease had run out, another has it)
 *
 * A partition changes hands only when its reader has let go of it or its lease is over; a member that cannot be sure of
 * its lease hands over no further batch. One that was paused in the middle of a batch is fenced by its token.
 */
import type { ConsumerHandler } from '#contracts/bus.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import { Failure } from '#errors.ts';
import { type LogReader, untilDone } from './log-reader.ts';

/** Large enough for the recorder's bulk inserts, small enough that the evaluator stops within some 10 ms. */
const MAX_BATCH_MESSAGES = 10_000;
/** A dead member's partitions are free after so long: well within 10 s with the beats of the others. */
export const LEASE_MS = 6_000;
const BEATS_A_LEASE = 4;
const RETRY_MS = 200;

/** What the leases say is a member's: under which token, and whether it may keep it. */
export interface Owned {
  readonly partition: number;
  readonly token: number;
  readonly keep: boolean;
}

/** The leases as one member uses them. */
export interface MemberLeases {
  /** "I live", or "I live and am about to leave": what is mine. */
  beat(leaves: boolean): Promise<readonly Owned[]>;
  letGo(partitions: readonly number[], leaves: boolean): Promise<void>;
}

interface Seat {
  readonly partition: number;
  readonly token: number;
  readonly stop: AbortController;
  seated: Promise<void>;
  reading: Promise<void>;
  rising: Promise<void> | null;
}

export interface MemberOptions {
  readonly topic: string;
  readonly group: string;
  readonly leases: MemberLeases;
  readonly handler: ConsumerHandler<unknown>;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseMs: number;
  /** A reader from where it asked to begin, or from the group's last commit; undefined where told to stop. */
  open(partition: number, asked: number | undefined, signal: AbortSignal): Promise<LogReader | undefined>;
  /** Ours from now, under this token. */
  owns(partition: number, token: number): void;
  crash(error: unknown): void;
}

export class Member {
  readonly #options: MemberOptions;
  readonly #seats = new Map<number, Seat>();
  readonly #stopped = new AbortController();
  /** Beats and lettings go one after the other, so that an answer is never older than what we did since. */
  #turn: Promise<unknown> = Promise.resolve();
  #heldUntil = 0;
  #beaten: (() => void)[] = [];
  #cancelBeat = (): void => {};
  #isBeatAsked = false;
  #isLeaving = false;
  #left: Promise<void> | null = null;

  constructor(options: MemberOptions) {
    this.#options = options;
  }

  /** Resolves when the group knows of us and what it gave us at once is being read. */
  async join(): Promise<void> {
    await untilDone(this.#options.clock, () => this.#beat(), this.#stopped.signal);
    await Promise.all([...this.#seats.values()].map(({ seated }) => seated));
  }

  /** Somebody came, went or let go: what there is to move moves now. */
  hurry(): void {
    if (this.#isBeatAsked || this.#stopped.signal.aborted) return;
    this.#isBeatAsked = true;
    this.#beat().catch((error: unknown) => this.#failed(error));
  }

  leave(): Promise<void> {
    this.#left ??= this.#leave();
    return this.#left;
  }

  async #leave(): Promise<void> {
    this.#isLeaving = true;
    await Promise.all([...this.#seats.values()].map((seat) => this.#rise(seat, false)));
    this.#stopped.abort();
    this.#cancelBeat();
    // Where the server is away the lease runs out by itself.
    await this.#inTurn(() => this.#options.leases.letGo([], true)).catch(() => {});
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(task);
    this.#turn = done.catch(() => {});
    return done;
  }

  #failed(error: unknown): void {
    if (!(error instanceof Failure)) this.#options.crash(error);
    else this.#beatIn(RETRY_MS);
  }

  #beatIn(delayMs: number): void {
    this.#cancelBeat();
    if (!this.#stopped.signal.aborted) this.#cancelBeat = this.#options.clock.after(delayMs, () => this.hurry());
  }

  #beat(): Promise<void> {
    return this.#inTurn(async () => {
      this.#isBeatAsked = false;
      if (this.#stopped.signal.aborted) return;
      const { leases, leaseMs, clock } = this.#options;
      const sentAt = clock.now();
      const answer = await leases.beat(this.#isLeaving);
      this.#heldUntil = sentAt + leaseMs;
      this.#beatIn(leaseMs / BEATS_A_LEASE);
      this.#settle(answer);
      for (const resolve of this.#beaten.splice(0)) resolve();
    });
  }

  /** Makes true here what the leases say. */
  #settle(answer: readonly Owned[]): void {
    const owned = new Map(answer.map((one) => [one.partition, one]));
    for (const seat of this.#seats.values()) {
      const now = owned.get(seat.partition);
      if (now?.token !== seat.token) void this.#rise(seat, true);
      else if (!now.keep) void this.#rise(seat, false);
    }
    for (const [partition, { token, keep }] of owned) {
      if (this.#seats.has(partition)) continue;
      if (keep && !this.#isLeaving) this.#sit(partition, token);
      // It came while we were leaving, or it could not be said when it was let go of.
      else
        void this.#inTurn(() => this.#options.leases.letGo([partition], false)).catch((error: unknown) =>
          this.#failed(error),
        );
    }
  }

  #sit(partition: number, token: number): void {
    const { owns, crash } = this.#options;
    const stop = new AbortController();
    let seated = (): void => {};
    const seat: Seat = {
      ...{ partition, token, stop, rising: null, reading: Promise.resolve() },
      seated: new Promise((resolve) => {
        seated = resolve;
      }),
    };
    this.#seats.set(partition, seat);
    owns(partition, token);
    seat.reading = this.#read(seat, seated).catch(crash).finally(seated);
  }

  #rise(seat: Seat, isLost: boolean): Promise<void> {
    seat.rising ??= (async () => {
      const { handler, crash, log, topic, group } = this.#options;
      const { partition } = seat;
      if (isLost) log.warn({ topic, group, partition }, 'a partition was lost: the lease had run out');
      seat.stop.abort();
      await seat.reading;
      await handler.revoked(partition).catch(crash);
      await this.#inTurn(async () => {
        this.#seats.delete(partition);
        if (!isLost) await this.#options.leases.letGo([partition], false);
      }).catch((error: unknown) => this.#failed(error));
      this.hurry();
    })();
    return seat.rising;
  }

  async #read({ partition, stop: { signal } }: Seat, seated: () => void): Promise<void> {
    const { handler, open } = this.#options;
    const reader = await open(partition, await handler.assigned(partition), signal);
    seated();
    if (reader === undefined) return;
    try {
      for (;;) {
        const found = await reader.next(MAX_BATCH_MESSAGES, signal);
        if (found === undefined || !(await this.#isHeld(signal))) return;
        if (found.messages.length > 0) await handler.batch({ partition, ...found });
      }
    } finally {
      await reader.close();
    }
  }

  /** Waits where the lease may be over; false where it is lost or told to stop. */
  async #isHeld(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted && this.#options.clock.now() >= this.#heldUntil)
      await new Promise<void>((resolve) => {
        this.#beaten.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    return !signal.aborted;
  }
}
