/**
 * The evaluation engine: a pure fold over the events of one partition's log. The same events give the same effects and
 * the same state, bit for bit, on any machine, at any speed, with a save and a restore between any two of them.
 *
 * It has no clock, no chance and no I/O. A tick costs what its signals cost, a search, and what fires; not what stands
 * in the books.
 */
import type { AlertId } from '../alert/alert.ts';
import type { Explanation } from '../alert/explanation.ts';
import type { InstrumentSymbol } from '../market/instrument.ts';
import type { SegmentState } from '../signal/history-tier.ts';
import { CalmRows } from './calm.ts';
import {
  type AlertRowsChunk,
  type AlertsChunk,
  type ChunkName,
  COMMON,
  type CommonChunk,
  chunkName,
  type InstrumentChunk,
  type RemovedChunk,
} from './chunks.ts';
import type { Effect, EngineEvent, PutRule } from './event.ts';
import { explanationOf } from './explaining.ts';
import { Joints } from './joints.ts';
import { isJointName, type JointChunk } from './kept-joint.ts';
import { type InstrumentChunks, KeptWatch } from './kept-watch.ts';
import { Kinds } from './kinds.ts';
import type { Sharing } from './rule-writing.ts';
import { Shared } from './shared.ts';
import { finish, type Slices } from './slices.ts';

export class Engine {
  readonly #watches = new Map<InstrumentSymbol, KeptWatch>();
  readonly #joints: Joints;
  readonly #sharing: Sharing = {
    shapes: new Shared(),
    policies: new Shared(),
    kinds: new Kinds(),
    calmRows: new CalmRows(),
  };
  #clock = Number.NEGATIVE_INFINITY;
  #clockChanged = false;

  constructor() {
    this.#joints = new Joints(this.#sharing, (symbol) => this.#of(symbol));
  }

  static restore(chunks: ReadonlyMap<string, unknown>): Engine {
    const engine = new Engine();
    const instruments = new Map<string, InstrumentChunks>();
    const joints = new Map<string, JointChunk>();
    for (const [key, chunk] of chunks) {
      const name = chunkName(key);
      if (name.kind === 'common') {
        engine.#clock = (chunk as CommonChunk).clock ?? Number.NEGATIVE_INFINITY;
        continue;
      }
      let found = instruments.get(name.symbol);
      if (found === undefined) {
        found = { alerts: [], segments: new Map() };
        instruments.set(name.symbol, found);
      }
      if (isJointName(name.symbol)) {
        if (name.kind === 'instrument') joints.set(name.symbol, chunk as JointChunk);
        else if (name.kind === 'alerts') found.alerts.push(chunk as AlertsChunk);
        else if (name.kind === 'history') found.segments.set(segmentOf(name), chunk as SegmentState);
      } else if (name.kind === 'instrument') found.instrument = chunk as InstrumentChunk;
      else if (name.kind === 'removed') found.removed = chunk as RemovedChunk;
      else if (name.kind === 'alerts') found.alerts.push(chunk as AlertsChunk | AlertRowsChunk);
      else if (name.kind === 'history') found.segments.set(segmentOf(name), chunk as SegmentState);
    }
    for (const [symbol, found] of instruments)
      if (!isJointName(symbol))
        engine.#watches.set(
          symbol as InstrumentSymbol,
          new KeptWatch(symbol as InstrumentSymbol, engine.#sharing, found),
        );
    for (const [name, joint] of joints) {
      const { alerts = [], segments = new Map() } = instruments.get(name) ?? {};
      engine.#joints.restore({ joint, alerts, segments });
    }
    return engine;
  }

  /** Folds one event in; what follows from it is added to `out`, in an order that is always the same. */
  apply(event: EngineEvent, out: Effect[]): void {
    finish(this.begin(event, out));
  }

  /**
   * The same in slices, for an event that may concern thousands of alerts: it is folded in when they are all taken, or at
   * once where there are none. Between two slices nothing but `explain` may be asked.
   */
  begin(event: EngineEvent, out: Effect[]): Slices | undefined {
    if (event.kind === 'tick') return this.#of(event.tick.symbol).take(event.tick, this.#clock, out);
    if (event.kind === 'clock') return this.#passing(event.at, out);
    if (event.kind === 'put-rule') return this.#put(event, out);
    this.#applyShort(event);
    return undefined;
  }

  #applyShort(event: Exclude<EngineEvent, { readonly kind: 'tick' | 'clock' | 'put-rule' }>): void {
    switch (event.kind) {
      case 'gap': {
        const kept = this.#of(event.symbol);
        kept.settled.lose(event.from, event.to);
        kept.hasChanged = true;
        return;
      }
      case 'remove-rule': {
        if (this.#joints.remove(event.symbol, event.alertId, event.version)) return;
        const kept = this.#of(event.symbol);
        if (!kept.settled.remove(event.alertId, event.version)) return;
        kept.hasRemoved = true;
        kept.hasChanged = true;
      }
    }
  }

  /** The chunks of state that have changed since the last call, as plain JSON; undefined for one that is gone. */
  takeChanges(): Map<string, unknown> {
    return new Map(this.eachChange());
  }

  /** The same one by one, to be taken to the end before the next event is folded in; in between there may be pauses. */
  *eachChange(): Generator<readonly [key: string, chunk: unknown]> {
    if (this.#clockChanged) {
      this.#clockChanged = false;
      yield [COMMON, this.#common()];
    }
    for (const kept of this.#watches.values()) yield* kept.eachChange();
    yield* this.#joints.eachChange();
  }

  /** All of the state: what `takeChanges` has given since the beginning, laid over one another. */
  snapshot(): Map<string, unknown> {
    const chunks = new Map<string, unknown>();
    if (Number.isFinite(this.#clock)) chunks.set(COMMON, this.#common());
    for (const kept of this.#watches.values()) kept.snapshot(chunks);
    this.#joints.snapshot(chunks);
    return chunks;
  }

  /** What it knows of an alert, judged at market time `at`. */
  explain(symbol: InstrumentSymbol, alertId: AlertId, at: number): Explanation | undefined {
    const watch = this.#joints.of(symbol, alertId)?.watch ?? this.#watches.get(symbol)?.settled;
    const slot = watch?.table.ids.slotOf(alertId);
    return watch === undefined || slot === undefined ? undefined : explanationOf(watch, slot, at);
  }

  #of(symbol: InstrumentSymbol): KeptWatch {
    let kept = this.#watches.get(symbol);
    if (kept === undefined) {
      kept = new KeptWatch(symbol, this.#sharing);
      this.#watches.set(symbol, kept);
    }
    return kept;
  }

  #put(event: PutRule, out: Effect[]): Slices | undefined {
    if (event.rule.others !== undefined || this.#joints.of(event.symbol, event.rule.alertId) !== undefined) {
      this.#joints.put(event, this.#clock, out);
      return undefined;
    }
    const kept = this.#of(event.symbol);
    const watch = kept.settled;
    const seen = Math.max(this.#clock, watch.lastAt);
    const now = seen > 0 ? seen : (event.at ?? 0);
    if (watch.nextDue <= now) return this.#putting(kept, event, now, out);
    if (watch.put(event, now, out)) kept.hasChanged = true;
    return undefined;
  }

  /** Where something has been due since. */
  *#putting(kept: KeptWatch, event: PutRule, now: number, out: Effect[]): Generator<void> {
    const watch = kept.settled;
    yield* watch.passing(now, out);
    if (watch.put(event, now, out)) kept.hasChanged = true;
  }

  *#passing(at: number, out: Effect[]): Generator<void> {
    if (!(at > this.#clock)) return;
    this.#clock = at;
    this.#clockChanged = true;
    const due = [...this.#watches.values()].filter(({ nextDue }) => nextDue <= at);
    for (const kept of due) kept.hasChanged = true;
    // By symbol: the watches of a restored engine stand in another order.
    due.sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
    for (const { settled } of due) yield* settled.passing(at, out);
    const joints = [...this.#joints.all].filter(({ watch }) => watch.nextDue <= at);
    joints.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const joint of joints) yield* joint.passing(at, out);
  }

  #common(): CommonChunk {
    return { clock: this.#clock };
  }
}

function segmentOf({ tier, segment, of }: Extract<ChunkName, { readonly kind: 'history' }>): string {
  return `${tier}/${segment}/${of}`;
}
