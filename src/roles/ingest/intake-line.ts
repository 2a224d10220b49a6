/**
 * The one line every price stands in: judged by the gate, published, answered, strictly one after the other, so that
 * what is said of a symbol lies in the log in the order it was said, and a clock mark behind everything said before it.
 * What stands in line while a publish is under way goes out together in the next one.
 *
 * It is bounded by its callers: a source has one call in hand at a time, and pushed prices wait in their own source.
 */
import type { Bus, Message } from '#contracts/bus.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import type { Span, Tracing } from '#contracts/tracing.ts';
import type { Gate } from '#domain/market/gate.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick, TickRejection, TickVerdict } from '#domain/market/tick.ts';
import { Failure } from '#errors.ts';
import type { Persistence } from '../persistence.ts';
import { framed } from './frames.ts';
import type { KnownInstruments } from './known-instruments.ts';
import type { PartOnDuty } from './part.ts';

/** Messages of one publish: enough to make a transaction worth while, small enough to stay far below body limits. */
const MAX_PUBLISH = 2_000;

type Job =
  | {
      readonly kind: 'ticks';
      readonly ticks: readonly Tick[];
      /** When a tick is judged, ms UTC of market time. */
      readonly now: (tick: Tick) => number;
      readonly answer: (verdicts: readonly TickVerdict[]) => void;
      readonly fail: (error: unknown) => void;
    }
  | {
      readonly kind: 'past';
      readonly ticks: readonly Tick[];
      readonly answer: () => void;
      readonly fail: (error: unknown) => void;
    }
  | {
      readonly kind: 'gap';
      readonly event: Extract<PriceEvent, { kind: 'gap' }>;
      readonly answer: () => void;
      readonly fail: (error: unknown) => void;
    }
  | { readonly kind: 'clock'; readonly at: number };

export interface IntakeLineDeps {
  readonly bus: Bus;
  /** Null where no other process could run the sources. */
  readonly part: PartOnDuty | null;
  /** Tells every partition there are prices for. */
  readonly broadcast: (event: PriceEvent) => Promise<void>;
  readonly gate: Gate;
  readonly known: KnownInstruments;
  readonly persistence: Persistence;
  readonly tracing: Tracing;
  /** Told of every tick that is to be evaluated. */
  readonly onEvaluated: (tick: Tick) => void;
  readonly onRejected: (tick: Tick, reason: TickRejection) => void;
  readonly onHeld: (tick: Tick) => void;
  /** A mistake of ours: nothing goes on. */
  readonly onBug: (error: unknown) => void;
  /** Aborted by a stop: a failure is only its end. */
  readonly stopping: AbortSignal;
}

const messageOf = (tick: Tick, trace: string | null): Message<PriceEvent> => ({
  key: tick.symbol,
  value: { kind: 'tick', tick, ...(trace === null ? {} : { trace }) },
});
const pastMessage = (tick: Tick, reason: TickRejection): Message<PriceEvent> => ({
  key: tick.symbol,
  value: { kind: 'late-tick', tick, reason },
});
/** What is kept although no alert sees it. A repeated tick is in history already; the others would spoil it. */
const isHistory = (reason: TickRejection): boolean => reason === 'late' || reason === 'stale';

export class IntakeLine {
  private readonly deps: IntakeLineDeps;
  private line: Job[] = [];
  private work: Promise<void> | null = null;
  /** Of the publish under way. */
  private spans: Span[] = [];
  private lastMarkAt = Number.NEGATIVE_INFINITY;

  constructor(deps: IntakeLineDeps) {
    this.deps = deps;
  }

  /** Before anything else goes out: what an earlier duty still says counts for nothing from here on in the log. */
  async begin(): Promise<void> {
    const { part, persistence, broadcast } = this.deps;
    if (part === null) return;
    await persistence.untilDone('say that a duty begins', () => broadcast(this.signed({ kind: 'duty' })));
  }

  ticks(ticks: readonly Tick[], now: (tick: Tick) => number): Promise<readonly TickVerdict[]> {
    return new Promise((answer, fail) => this.join({ kind: 'ticks', ticks, now, answer, fail }));
  }

  past(ticks: readonly Tick[]): Promise<void> {
    return new Promise((answer, fail) => this.join({ kind: 'past', ticks, answer, fail }));
  }

  gap(symbol: InstrumentSymbol, from: number, to: number, reason: string): Promise<void> {
    const event = { kind: 'gap', symbol, from, to, reason } as const;
    return new Promise((answer, fail) => this.join({ kind: 'gap', event, answer, fail }));
  }

  /** Tells that time has come to `at`; time never goes back, and one waiting mark is enough. */
  clock(at: number): void {
    const waiting = this.line.at(-1);
    if (waiting?.kind === 'clock') this.line.pop();
    this.join({ kind: 'clock', at: Math.max(at, waiting?.kind === 'clock' ? waiting.at : at) });
  }

  /** Resolves when nobody stands in line any more. */
  async empty(): Promise<void> {
    while (this.work !== null) await this.work;
  }

  private join(job: Job): void {
    this.line.push(job);
    this.work ??= this.serve();
  }

  private async serve(): Promise<void> {
    // The first in line does not go alone where others join in the same turn.
    await Promise.resolve();
    while (this.line.length > 0) {
      const taken: Job[] = [];
      try {
        await this.serveSome(taken);
      } catch (error) {
        for (const job of [...taken, ...this.line]) if (job.kind !== 'clock') job.fail(error);
        this.line = [];
        for (const span of this.spans.splice(0)) span.end({}, String(error));
        if (!this.deps.stopping.aborted) this.deps.onBug(error);
      }
    }
    // In the same step as the look at the line: whoever joins after it is served by the next.
    this.work = null;
  }

  /** Takes from the line up to a full publish or a clock mark, and answers when it is durable. */
  private async serveSome(taken: Job[]): Promise<void> {
    const messages: Message<PriceEvent>[] = [];
    const answers: (() => void)[] = [];
    let mark: number | null = null;
    while (mark === null && messages.length < MAX_PUBLISH) {
      const job = this.line.shift();
      if (job === undefined) break;
      taken.push(job);
      if (job.kind === 'clock') {
        mark = job.at;
      } else if (job.kind === 'gap') {
        messages.push({ key: job.event.symbol, value: job.event });
        answers.push(job.answer);
      } else {
        await this.learn(job.ticks);
        if (job.kind === 'past') {
          for (const tick of job.ticks) this.judgePast(tick, messages);
          answers.push(job.answer);
        } else {
          const verdicts = job.ticks.map((tick) => this.judge(tick, job.now(tick), messages));
          answers.push(() => job.answer(verdicts));
        }
      }
    }
    const { bus, persistence, broadcast } = this.deps;
    for (let from = 0; from < messages.length; from += MAX_PUBLISH) {
      const partitionOf = (key: string): number => bus.partitionOf('stock-prices', key);
      const slice = framed(messages.slice(from, from + MAX_PUBLISH), partitionOf).map(({ key, value }) => ({
        key,
        value: this.signed(value),
      }));
      await persistence.untilDone('publish prices', () => bus.publish('stock-prices', slice));
    }
    for (const span of this.spans.splice(0)) span.end();
    // Asked after it is in the log: nobody who takes over later can come before it there.
    if (answers.length > 0) await this.beOnDuty();
    for (const answer of answers) answer();
    if (mark !== null && mark > this.lastMarkAt) {
      const at = mark;
      await persistence.untilDone('broadcast the time', () => broadcast(this.signed({ kind: 'clock', at })));
      this.lastMarkAt = at;
    }
  }

  private signed(event: PriceEvent): PriceEvent {
    const { part } = this.deps;
    return part === null ? event : { ...event, duty: part.duty };
  }

  /** Where another is on duty by now nothing is answered: we are about to be told to stop. */
  private async beOnDuty(): Promise<void> {
    const { part, persistence, stopping } = this.deps;
    if (part === null) return;
    if (await persistence.untilDone('ask who is on duty', () => part.isNewest())) return;
    if (!stopping.aborted)
      await new Promise<void>((stopped) => stopping.addEventListener('abort', () => stopped(), { once: true }));
    throw new Failure('not-ready', 'Another process takes the prices by now.');
  }

  private async learn(ticks: readonly Tick[]): Promise<void> {
    const { known, persistence } = this.deps;
    const missing = known.missing(ticks.map(({ symbol }) => symbol));
    if (missing.length > 0) await persistence.untilDone('look up instruments', () => known.learn(missing));
  }

  private judge(tick: Tick, now: number, into: Message<PriceEvent>[]): TickVerdict {
    const staleAfterMs = this.deps.known.staleAfterMs(tick.symbol);
    if (staleAfterMs === undefined) {
      this.deps.onRejected(tick, 'unknown-instrument');
      return 'unknown-instrument';
    }
    const { verdict, released, givenUp } = this.deps.gate.judge(tick, now, staleAfterMs);
    for (const held of givenUp) this.turnAway(held.tick, held.reason, into);
    for (const held of released) this.evaluate(held, now, into);
    if (verdict === 'accepted') this.evaluate(tick, now, into);
    else if (verdict === 'held') this.deps.onHeld(tick);
    else this.turnAway(tick, verdict, into);
    return verdict;
  }

  private judgePast(tick: Tick, into: Message<PriceEvent>[]): void {
    if (this.deps.known.staleAfterMs(tick.symbol) === undefined) return;
    const reason = this.deps.gate.judgePast(tick);
    if (isHistory(reason)) into.push(pastMessage(tick, reason));
  }

  private evaluate(tick: Tick, now: number, into: Message<PriceEvent>[]): void {
    into.push(messageOf(tick, this.traced(tick, now)));
    this.deps.onEvaluated(tick);
  }

  private traced({ symbol, source, at, receivedAt }: Tick, now: number): string | null {
    const { tracing } = this.deps;
    if (!tracing.samples()) return null;
    const span = tracing.begin('ingest', {
      ...{ kind: 'producer', agoMs: Math.max(0, now - receivedAt) },
      attributes: { 'tocsin.symbol': symbol, 'tocsin.source': source, 'tocsin.tick_at': at },
    });
    this.spans.push(span);
    return span.traceparent;
  }

  private turnAway(tick: Tick, reason: TickRejection, into: Message<PriceEvent>[]): void {
    if (isHistory(reason)) into.push(pastMessage(tick, reason));
    this.deps.onRejected(tick, reason);
  }
}
