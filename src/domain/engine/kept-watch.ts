/**
 * One instrument of the engine as something that can be saved and brought back: which of its chunks have changed, what
 * is in them, and the watch that is made of them again.
 */
import type { AlertId } from '../alert/alert.ts';
import type { CalendarId, InstrumentSymbol } from '../market/instrument.ts';
import type { Tick } from '../market/tick.ts';
import { History } from '../signal/history.ts';
import type { SegmentState } from '../signal/history-tier.ts';
import { AlertTable } from './alert-table.ts';
import { Calm } from './calm.ts';
import {
  type AlertRow,
  type AlertRowsChunk,
  type AlertsChunk,
  alertsChunk,
  alertsKey,
  BUCKET_SLOTS,
  historyKey,
  type InstrumentChunk,
  type RemovedChunk,
  removedKey,
  rowsOf,
} from './chunks.ts';
import type { Effect } from './event.ts';
import { InstrumentWatch } from './instrument-watch.ts';
import { policyKey, policyOf, tapeOf } from './policy.ts';
import type { Sharing } from './rule-writing.ts';
import { shapeKey, shapeOf } from './shape.ts';
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
  readonly #buckets = new Set<number>();
  /** Of the last change: the next one is mostly of the same. */
  #lastBucket = -1;

  constructor(symbol: InstrumentSymbol, sharing: Sharing, chunks?: InstrumentChunks) {
    this.symbol = symbol;
    this.#calm = new Calm(sharing.calmRows);
    const table = new AlertTable();
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
    // Each chunk has its slots in order and apart from those of the others.
    const firstSlot = (chunk: AlertsChunk | AlertRowsChunk): number =>
      ('alerts' in chunk ? chunk.alerts[0]?.slot : chunk.slot[0]) ?? 0;
    for (const chunk of (chunks?.alerts ?? []).toSorted((a, b) => firstSlot(a) - firstSlot(b)))
      fill(table, chunk, sharing, ({ slot }) => tapes.get(tapeOf(table.policy(slot)))?.pending.add(slot));
    this.#watch = new InstrumentWatch({
      symbol,
      table,
      tapes,
      order: TickOrder.restore(state?.order ?? []),
      removed: new Map(chunks?.removed ?? []),
      lastAt: state?.lastAt ?? Number.NEGATIVE_INFINITY,
      sharing,
      changed: (slot) => {
        const bucket = Math.floor(slot / BUCKET_SLOTS);
        if (bucket === this.#lastBucket) return;
        this.#lastBucket = bucket;
        this.#buckets.add(bucket);
      },
    });
  }

  /** When something falls due next. */
  get nextDue(): number {
    return this.#watch.nextDue;
  }

  /** The watch with every tick in it. */
  get settled(): InstrumentWatch {
    if (this.#calm.end(this.#watch)) this.hasChanged = true;
    return this.#watch;
  }

  tick(tick: Tick, clock: number, out: Effect[]): void {
    if (this.#calm.takes(tick)) return;
    const { settled } = this;
    const before = out.length;
    if (!settled.tick(tick, clock, out)) return;
    this.hasChanged = true;
    if (out.length === before) this.#calm.begin(settled, tick);
    else this.#calm.wait();
  }

  /** What has changed since the last call; undefined for a chunk that is gone. */
  *eachChange(): Generator<readonly [key: string, chunk: unknown]> {
    const { symbol } = this.settled;
    if (this.#buckets.size > 0) {
      const buckets = [...this.#buckets];
      this.#buckets.clear();
      this.#lastBucket = -1;
      for (const bucket of buckets) yield [alertsKey(symbol, bucket), this.#alerts(bucket)];
    }
    if (this.hasRemoved) {
      this.hasRemoved = false;
      yield [removedKey(symbol), this.#removed()];
    }
    if (!this.hasChanged) return;
    this.hasChanged = false;
    yield [symbol, this.#instrument()];
    const segments: (readonly [string, unknown])[] = [];
    this.#eachHistory((of, history) =>
      history.takeChanges((tier, segment, state) => segments.push([historyKey(symbol, of, tier, segment), state])),
    );
    yield* segments;
  }

  snapshot(chunks: Map<string, unknown>): void {
    const { symbol, table, removed } = this.settled;
    for (let bucket = 0; bucket * BUCKET_SLOTS < table.end; bucket += 1) {
      const alerts = this.#alerts(bucket);
      if (alerts !== undefined) chunks.set(alertsKey(symbol, bucket), alerts);
    }
    if (removed.size > 0) chunks.set(removedKey(symbol), this.#removed());
    chunks.set(symbol, this.#instrument());
    this.#eachHistory((of, history) =>
      history.segments((tier, segment, state) => chunks.set(historyKey(symbol, of, tier, segment), state)),
    );
  }

  #alerts(bucket: number): AlertsChunk | undefined {
    return alertsChunk(this.#watch.table, bucket, (slot) => this.#watch.tape(slot).pending.has(slot));
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

  #eachHistory(found: (of: string, history: History) => void): void {
    for (const [calendar, tape] of this.#watch.tapes)
      for (const [key, { history }] of tape.signals) if (history !== null) found(`${calendar}/${key}`, history);
  }
}

function fill(
  table: AlertTable,
  chunk: AlertsChunk | AlertRowsChunk,
  sharing: Sharing,
  pending: (row: AlertRow) => void,
): void {
  const shapes = chunk.shapes.map((template) => sharing.shapes.get(shapeKey(template, []), () => shapeOf(template)));
  const policies = chunk.policies.map((said) => {
    const policy = policyOf(said);
    return sharing.policies.get(policyKey(policy), () => policy);
  });
  for (const row of rowsOf(chunk)) {
    const { slot } = row;
    const shape = shapes[row.shape];
    const policy = policies[row.policy];
    if (shape === undefined || policy === undefined) throw new Error(`the checkpoint of alert ${row.id} is broken`);
    table.takeAt(slot, row.id);
    table.version[slot] = row.version;
    table.epoch[slot] = row.epoch;
    table.status[slot] = row.status;
    table.armedAt[slot] = row.armedAt;
    table.wasFalse[slot] = row.wasFalse ? 1 : 0;
    table.shapes.set(slot, shape);
    table.policies.set(slot, policy);
    table.setNumbers(slot, row.numbers);
    if (row.expiresAt !== undefined) table.expiresAt.set(slot, row.expiresAt);
    if (row.cooldownUntil !== undefined) table.cooldownUntil.set(slot, row.cooldownUntil);
    if (row.remindAt !== undefined) table.remindAt.set(slot, row.remindAt);
    if (row.trails !== undefined) table.trailIds.set(slot, row.trails);
    if (row.anchor !== undefined) table.anchors.set(slot, structuredClone(row.anchor));
    if (row.close !== undefined) table.closes.set(slot, row.close);
    if (row.hold !== undefined) table.holds.set(slot, row.hold);
    if (row.pending) pending(row);
  }
}
