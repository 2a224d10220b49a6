/**
 * Questions between processes, over the topic `asks`: the gateway's to the evaluator, the ingest and the notifier, and
 * what the ingest says of its sources.
 *
 * Promises: an answer within the time limit or a Failure that says nobody answered; what only one may do (take a price,
 * send a test) is done by one. Never: a question is not kept for later, and one that was not answered may still have
 * been done.
 *
 * `asks` has one partition, so all desks hear everything in one order. Pushed prices rest on it: whoever takes those of a
 * partition says so, answers what comes behind that word, and stops where another says it; who asked before it, and has
 * no answer, asks again.
 *
 *   ... push 1 ... A takes ... push 2 ... B takes ... push 3 ...      1 is asked again and answered by A, 2 by A, or, where
 *                                                                    A is gone, asked again and answered by B, 3 by B
 */
import type { Bus, Subscription } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { SourceStatus } from '#contracts/intake.ts';
import type { Log } from '#contracts/log.ts';
import type { AskEvent, QuestionName, Questions } from '#contracts/topics.ts';
import type { Tick } from '#domain/market/tick.ts';
import { Failure } from '#errors.ts';

/** How long the asker waits. Explaining is a nicety on a page; a test message takes as long as the far end. */
const LIMIT_MS: Readonly<Record<QuestionName, number>> = { explain: 500, push: 10_000, test: 27_000 };
/** Who would answer, for the one who waits. */
const WHO: Readonly<Record<QuestionName, string>> = {
  explain: 'The evaluator of this instrument',
  push: 'Whoever takes prices (the ingest role)',
  test: 'Whoever sends messages (the notify role)',
};
/** Questions that may wait for an answer; beyond it askers are told to come again. */
const MAX_WAITING = 10_000;

/** A question of ours. */
interface Waiting {
  readonly event: AskEvent;
  /** It has come back to us: where it lies in the log is known by what was heard before. */
  isHeard: boolean;
  readonly resolve: (event: Extract<AskEvent, { kind: 'answer' | 'refusal' }>) => void;
}
/** Who answers for some partitions here. */
interface Taker {
  readonly partitions: readonly number[];
  readonly answer: Answerer<'push'>;
  readonly atWork: Set<Promise<void>>;
}

type Answerer<Q extends QuestionName> = (asked: Questions[Q]['asked']) => Promise<Questions[Q]['answer'] | undefined>;

export interface HeardSources {
  readonly heardAt: number;
  readonly sources: readonly SourceStatus[];
}

export interface DeskDeps {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  /** A new id, unlike any other ever made. */
  readonly newId: () => string;
}

export class Desk {
  readonly #deps: DeskDeps;
  readonly #me: string;
  readonly #waiting = new Map<string, Waiting>();
  readonly #open: Subscription[] = [];
  #explain: Answerer<'explain'> | null = null;
  /** Those who have said that they take prices, by what they said it with. */
  readonly #announced = new Map<string, Taker>();
  /** Of each partition, whoever answers for it here. */
  readonly #takers = new Map<number, Taker>();
  readonly #sources = new Map<number, HeardSources>();
  #hurry = (): void => {};

  private constructor(deps: DeskDeps) {
    this.#deps = deps;
    this.#me = deps.newId();
  }

  static async open(deps: DeskDeps): Promise<Desk> {
    const desk = new Desk(deps);
    const heard = await deps.bus.tail('asks', ({ messages }) => {
      for (const { value } of messages) desk.#heard(value);
    });
    desk.#open.push(heard);
    return desk;
  }

  async ask<Q extends QuestionName>(kind: Q, asked: Questions[Q]['asked']): Promise<Questions[Q]['answer']> {
    if (this.#waiting.size >= MAX_WAITING)
      throw new Failure('overloaded', `${this.#waiting.size} questions wait for an answer already.`);
    const { clock, newId } = this.#deps;
    const id = newId();
    const over = new AbortController();
    try {
      const limitMs = LIMIT_MS[kind];
      const event = { kind, id, from: this.#me, until: clock.now() + limitMs, asked } as AskEvent;
      const answered = new Promise<Extract<AskEvent, { kind: 'answer' | 'refusal' }>>((resolve) => {
        this.#waiting.set(id, { event, isHeard: false, resolve });
      });
      const said = this.#say(event).then(() => answered);
      const answer = await Promise.race([said, sleep(clock, limitMs, over.signal)]);
      if (answer === undefined) throw new Failure('not-ready', `${WHO[kind]} did not answer in time.`);
      if (answer.kind === 'answer') return answer.answer as Questions[Q]['answer'];
      const { code, detail, retryAfterMs } = answer;
      throw new Failure(code, detail, retryAfterMs === null ? {} : { retryAfterMs });
    } finally {
      over.abort();
      this.#waiting.delete(id);
    }
  }

  /** Answers what this process knows; undefined leaves it to others. */
  explainBy(answerer: Answerer<'explain'>): void {
    this.#explain = answerer;
  }

  /** Answers pushed prices of these partitions from now on, until closed; then those in hand have been answered. */
  takePushes(partitions: readonly number[], answer: Answerer<'push'>): Subscription {
    const taker: Taker = { partitions, answer, atWork: new Set() };
    const id = this.#deps.newId();
    this.#announced.set(id, taker);
    this.#say({ kind: 'takes', id, partitions }).catch((error: unknown) => this.#lost(error));
    return {
      close: async () => {
        this.#announced.delete(id);
        for (const partition of partitions) if (this.#takers.get(partition) === taker) this.#takers.delete(partition);
        await Promise.all(taker.atWork);
      },
    };
  }

  /** Tells those who fetch parts of the instruments that some are free. */
  sayFree(): void {
    this.#say({ kind: 'free' }).catch((error: unknown) => this.#lost(error));
  }

  onFree(hurry: () => void): void {
    this.#hurry = hurry;
  }

  /** Tells everybody how the sources are in a part of the instruments. */
  async tellSources(part: number, sources: readonly SourceStatus[]): Promise<void> {
    await this.#say({ kind: 'sources', at: this.#deps.clock.now(), part, sources });
  }

  /** What was told last of each part, and when it was heard. */
  get sources(): readonly HeardSources[] {
    return [...this.#sources.values()];
  }

  /**
   * Of all processes that call this, one at a time is on duty and answers; another takes over when it goes. `begin` is
   * awaited before the first question; `end` lets those in hand be answered.
   */
  async serve<Q extends 'test'>(
    kind: Q,
    duty: { begin(): Promise<void>; end(): Promise<void>; readonly answer: Answerer<Q> },
  ): Promise<Subscription> {
    const { bus, clock } = this.#deps;
    const group = `answer-${kind}`;
    const atWork = new Set<Promise<void>>();
    return bus.consume('asks', group, {
      async assigned() {
        await duty.begin();
        return undefined;
      },
      batch: async ({ partition, messages, nextOffset }) => {
        // Committed first: what nobody waits for any more must not be done again after a crash.
        await bus.commit('asks', group, partition, nextOffset);
        for (const { value } of messages) {
          if (value.kind !== kind || value.until < clock.now()) continue;
          const work = this.#answer<Q>(value, duty.answer).finally(() => atWork.delete(work));
          atWork.add(work);
        }
      },
      async revoked() {
        // Together: what is at work may wait for the end, where another is on duty already.
        await Promise.all([...atWork, duty.end()]);
      },
    });
  }

  /** Of all processes that call this for `name`, one at a time is on duty; another takes over when it goes. */
  async duty(name: string, duty: { begin(): Promise<void>; end(): Promise<void> }): Promise<Subscription> {
    const { bus } = this.#deps;
    const group = `duty-${name}`;
    return bus.consume('asks', group, {
      async assigned() {
        await duty.begin();
        return undefined;
      },
      batch: ({ partition, nextOffset }) => bus.commit('asks', group, partition, nextOffset),
      revoked: () => duty.end(),
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((one) => one.close()));
  }

  #heard(event: AskEvent): void {
    const { clock } = this.#deps;
    if (event.kind === 'answer' || event.kind === 'refusal') {
      if (event.to === this.#me) this.#waiting.get(event.id)?.resolve(event);
    } else if (event.kind === 'sources')
      this.#sources.set(event.part, { heardAt: clock.now(), sources: event.sources });
    else if (event.kind === 'explain' && this.#explain !== null) void this.#answer(event, this.#explain);
    else if (event.kind === 'free') this.#hurry();
    else if (event.kind === 'takes') this.#heardTaker(event);
    else if (event.kind === 'push') this.#heardPush(event);
  }

  #heardTaker({ id, partitions }: Extract<AskEvent, { kind: 'takes' }>): void {
    const taker = this.#announced.get(id);
    for (const partition of partitions) {
      if (taker === undefined) this.#takers.delete(partition);
      else this.#takers.set(partition, taker);
    }
    for (const waiting of this.#waiting.values()) {
      const { event, isHeard } = waiting;
      if (event.kind !== 'push' || !isHeard || !partitions.includes(this.#partitionsOf(event.asked)[0] ?? -1)) continue;
      waiting.isHeard = false;
      this.#say(event).catch((error: unknown) => this.#lost(error));
    }
  }

  #heardPush(event: Extract<AskEvent, { kind: 'push' }>): void {
    const waiting = this.#waiting.get(event.id);
    if (waiting !== undefined) waiting.isHeard = true;
    const partitions = this.#partitionsOf(event.asked);
    const taker = this.#takers.get(partitions[0] ?? -1);
    // Prices of several parts at once come from no gateway of this version.
    if (taker === undefined || !partitions.every((partition) => taker.partitions.includes(partition))) return;
    if (event.until < this.#deps.clock.now()) return;
    const isCurrent = (): boolean => this.#takers.get(partitions[0] ?? -1) === taker;
    const work = this.#answer(event, taker.answer, isCurrent).finally(() => taker.atWork.delete(work));
    taker.atWork.add(work);
  }

  #partitionsOf(ticks: readonly Tick[]): readonly number[] {
    return [...new Set(ticks.map(({ symbol }) => this.#deps.bus.partitionOf('stock-prices', symbol)))];
  }

  async #answer<Q extends QuestionName>(
    { id, from, asked }: { readonly id: string; readonly from: string; readonly asked: unknown },
    answerer: Answerer<Q>,
    /** Where it is not, another is asked by now, and a refusal of ours would be taken for the answer. */
    isCurrent = (): boolean => true,
  ): Promise<void> {
    try {
      const answer = await answerer(asked as Questions[Q]['asked']);
      if (answer !== undefined) await this.#say({ kind: 'answer', id, to: from, answer });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (!isCurrent()) return;
      const { code, message: detail, retryAfterMs = null } = error;
      await this.#say({ kind: 'refusal', id, to: from, code, detail, retryAfterMs }).catch((lost: unknown) =>
        this.#lost(lost),
      );
    }
  }

  #lost(error: unknown): void {
    this.#deps.log.warn({ error: String(error) }, 'a word to other processes was lost');
  }

  #say(value: AskEvent): Promise<void> {
    return this.#deps.bus.publish('asks', [{ key: '', value }]);
  }
}
