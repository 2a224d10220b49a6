/**
 * Questions between processes, over the topic `asks`: the gateway's to the evaluator, the ingest and the notifier, and
 * what the ingest says of its sources.
 *
 * Promises: an answer within the time limit or a Failure that says nobody answered; what only one may do (take a price,
 * send a test) is done by one. Never: a question is not kept for later, and one that was not answered may still have
 * been done.
 */
import type { Bus, Subscription } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { SourceStatus } from '#contracts/intake.ts';
import type { Log } from '#contracts/log.ts';
import type { AskEvent, QuestionName, Questions } from '#contracts/topics.ts';
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

type Answerer<Q extends QuestionName> = (asked: Questions[Q]['asked']) => Promise<Questions[Q]['answer'] | undefined>;

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
  readonly #waiting = new Map<string, (event: Extract<AskEvent, { kind: 'answer' | 'refusal' }>) => void>();
  readonly #open: Subscription[] = [];
  #explain: Answerer<'explain'> | null = null;
  #sources: { readonly heardAt: number; readonly sources: readonly SourceStatus[] } | null = null;

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
      const answered = new Promise<Extract<AskEvent, { kind: 'answer' | 'refusal' }>>((resolve) => {
        this.#waiting.set(id, resolve);
      });
      const limitMs = LIMIT_MS[kind];
      const event = { kind, id, from: this.#me, until: clock.now() + limitMs, asked } as AskEvent;
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

  /** Tells everybody how the sources are. */
  async tellSources(sources: readonly SourceStatus[]): Promise<void> {
    await this.#say({ kind: 'sources', at: this.#deps.clock.now(), sources });
  }

  /** What was told last, and when it was heard; null before the first. */
  get sources(): { readonly heardAt: number; readonly sources: readonly SourceStatus[] } | null {
    return this.#sources;
  }

  /**
   * Of all processes that call this, one at a time is on duty and answers; another takes over when it goes. `begin` is
   * awaited before the first question; `end` lets those in hand be answered.
   */
  async serve<Q extends 'push' | 'test'>(
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
    if (event.kind === 'answer' || event.kind === 'refusal') {
      if (event.to === this.#me) this.#waiting.get(event.id)?.(event);
    } else if (event.kind === 'sources') this.#sources = { heardAt: this.#deps.clock.now(), sources: event.sources };
    else if (event.kind === 'explain' && this.#explain !== null) void this.#answer(event, this.#explain);
  }

  async #answer<Q extends QuestionName>(
    { id, from, asked }: { readonly id: string; readonly from: string; readonly asked: unknown },
    answerer: Answerer<Q>,
  ): Promise<void> {
    const { log } = this.#deps;
    try {
      const answer = await answerer(asked as Questions[Q]['asked']);
      if (answer !== undefined) await this.#say({ kind: 'answer', id, to: from, answer });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { code, message: detail, retryAfterMs = null } = error;
      await this.#say({ kind: 'refusal', id, to: from, code, detail, retryAfterMs }).catch((lost: unknown) =>
        log.warn({ error: String(lost) }, 'an answer could not be given'),
      );
    }
  }

  #say(value: AskEvent): Promise<void> {
    return this.#deps.bus.publish('asks', [{ key: '', value }]);
  }
}
