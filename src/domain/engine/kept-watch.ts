/**
 * One instrument of the engine as something that can be saved and brought back: which of its chunks have changed, what
 * is in them, and the watch that is made of them again.
 */
import type { AlertId } from '../alert/alert.ts';
import type { CalendarId, InstrumentSymbol } from '../market/instrument.ts';
import type { Tick } from '../market/tick.ts';
import { History } from '../signal/history.ts';
import type { SegmentState } from '../signal/history-tier.ts';
import { Calm } from './calm.ts';
import {
  type AlertRowsChunk,
  type AlertsChunk,
  historyKey,
  type InstrumentChunk,
  type RemovedChunk,
  removedKey,
} from './chunks.ts';
import type { Effect } from './event.ts';
import { InstrumentWatch } from './instrument-watch.ts';
import { KeptAlerts, tableOf } from './kept-alerts.ts';
import type { KeptJoint } from './kept-joint.ts';
import { tapeOf } from './policy.ts';
import type { Sharing } from './rule-writing.ts';
import { Tape } from './tape.ts';
import { TickOrder } from './tick-order.ts';

const CALENDARS: readonly CalendarId[] = ['24/7', 'XNYS', 'XLON', 'FX'];

/** The chunks of one instrument, as read. */
export interface InstrumentChunks {
  instrument?: InstrumentChunk;
  removed?: RemovedChunk;
  readonly alerts: (AlertsChunk | AlertRowsChunk)[];
  /** By `TIER/SEGMENT/CALENDAR/SIGNAL`. */
  readonly segments: Map<string, SegmentState>;
}

export class KeptWatch {
  readonly symbol: InstrumentSymbol;
  /** Not up to date while ticks are kept back: see `settled`. */
  readonly #watch: InstrumentWatch;
  readonly #calm: Calm;
  /** Set by the engine with every event of the instrument. */
  hasChanged = false;
  hasRemoved = false;
  /** Those that look at this instrument and others; in order, so that what follows from a tick always is. */
  joints: readonly KeptJoint[] = [];
  readonly #alerts: KeptAlerts;

  constructor(symbol: InstrumentSymbol, sharing: Sharing, chunks?: InstrumentChunks) {
    this.symbol = symbol;
    this.#calm = new Calm(sharing.calmRows);
    this.#alerts = new KeptAlerts(symbol);
    const tapes = new Map(CALENDARS.map((calendar) => [calendar, new Tape(calendar)]));
    const state = chunks?.instrument;
    if (state !== undefined)
      for (const [calendar, tape] of tapes)
        tape.restore(state.tapes[calendar], (signal, history) =>
          History.restore(
            history,
            (tier, index) => chunks?.segments.get(`${tier}/${index}/${calendar}/${signal}`) as SegmentState,
          ),
        );
    const table = tableOf(chunks?.alerts ?? [], sharing, (of, slot) =>
      tapes.get(tapeOf(of.policy(slot)))?.pending.add(slot),
    );
    this.#watch = new InstrumentWatch({
      symbol,
      table,
      tapes,
      order: TickOrder.restore(state?.order ?? []),
      removed: new Map(chunks?.removed ?? []),
      lastAt: state?.lastAt ?? Number.NEGATIVE_INFINITY,
      sharing,
      changed: (slot) => this.#alerts.changed(slot),
    });
  }

  /** When something falls due next. */
  get nextDue(): number {
    return this.#watch.nextDue;
  }

  /** The watch with every tick in it. */
  get settled(): InstrumentWatch {
    if (this.#calm.end(this.#watch)) this.hasChanged = true;
    this.#watch.settle();
    return this.#watch;
  }

  /** Takes a tick in. What it gives is what is left to do. */
  take(tick: Tick, clock: number, out: Effect[]): Generator<void> | undefined {
    const calm = this.#calm;
    if (calm.takes(tick)) return undefined;
    const watch = this.#watch;
    if (calm.end(watch)) this.hasChanged = true;
    if (!watch.order.accepts(tick)) return undefined;
    this.hasChanged = true;
    if (this.joints.length > 0) return this.#takingWithOthers(tick, clock, out);
    const before = out.length;
    const slices = watch.take(tick, out);
    if (slices === undefined && out.length === before) calm.begin(watch, tick);
    else calm.wait();
    return slices;
  }

  *#takingWithOthers(tick: Tick, clock: number, out: Effect[]): Generator<void> {
    const watch = this.#watch;
    // What was due before is judged on what was seen before, also where others look on.
    for (const joint of this.joints) if (joint.watch.nextDue <= tick.at) yield* joint.passing(tick.at, out);
    yield* watch.take(tick, out) ?? [];
    // They look at tapes that no alert of its own may be on.
    watch.settle();
    for (const joint of this.joints) yield* joint.take(tick, clock, out) ?? [];
    this.#calm.wait();
  }

  /** What has changed since the last call; undefined for a chunk that is gone. */
  *eachChange(): Generator<readonly [key: string, chunk: unknown]> {
    const { symbol } = this.settled;
    yield* this.#alerts.eachChange(this.#watch);
    if (this.hasRemoved) {
      this.hasRemoved = false;
      yield [removedKey(symbol), this.#removed()];
    }
    if (!this.hasChanged) return;
    this.hasChanged = false;
    yield [symbol, this.#instrument()];
    const segments: (readonly [string, unknown])[] = [];
    for (const [calendar, { pasts }] of this.#watch.tapes)
      pasts.takeChanges((of, tier, segment, state) =>
        segments.push([historyKey(symbol, `${calendar}/${of}`, tier, segment), state]),
      );
    yield* segments;
  }

  snapshot(chunks: Map<string, unknown>): void {
    const { symbol, removed } = this.settled;
    this.#alerts.snapshot(this.#watch, chunks);
    if (removed.size > 0) chunks.set(removedKey(symbol), this.#removed());
    chunks.set(symbol, this.#instrument());
    for (const [calendar, { pasts }] of this.#watch.tapes)
      pasts.segments((of, tier, segment, state) =>
        chunks.set(historyKey(symbol, `${calendar}/${of}`, tier, segment), state),
      );
  }

  #removed(): RemovedChunk {
    return [...this.#watch.removed] satisfies readonly (readonly [AlertId, number])[];
  }

  #instrument(): InstrumentChunk {
    const { lastAt, order, tapes } = this.#watch;
    return {
      lastAt: Number.isFinite(lastAt) ? lastAt : null,
      order: order.state(),
      tapes: Object.fromEntries(
        [...tapes].map(([calendar, tape]) => [calendar, tape.state()]),
      ) as InstrumentChunk['tapes'],
    };
  }
}
