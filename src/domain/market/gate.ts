/**
 * The gate every tick passes before an alert may see it: order, freshness, quarantine. A pure fold, `(state, tick, now)`
 * to a verdict; the same ticks at the same times give the same verdicts. It never reads a clock and never drops a tick
 * without saying why.
 *
 *               not above the last sequence ──────────────────────────────> repeated
 *               ahead of us by more than FUTURE_ALLOWANCE_MS ─────────────> future
 *     tick ───> before the source's last time ────────────────────────────> late
 *               older than the instrument's staleAfterMs ─────────────────> stale
 *               zero or below, x100, /100, far off the recent range ──> held ──┬── next tick or 2nd source agrees: used
 *               else ──> accepted                                             └── next tick differs: rejected
 *
 * Order is kept for each source by itself; the recent range is the instrument's, whoever reported it. A tick that was
 * not used leaves no trace: neither its time nor its price is held against the next one.
 */
import type { InstrumentSymbol } from './instrument.ts';
import { CALM_SHARE, RecentRange, type Suspicion } from './recent-range.ts';
import type { Tick, TickRejection, TickVerdict } from './tick.ts';

/** Clocks differ: a provider's may be this much ahead of ours (field notes: 1.3 s seen). */
export const FUTURE_ALLOWANCE_MS = 5_000;
/** Sources of one instrument whose order is remembered; beyond it the one heard first is forgotten. */
export const MAX_SOURCES_PER_SYMBOL = 8;

export interface Position {
  readonly at: number;
  readonly sequence: number | null;
}

export interface Judgement {
  readonly verdict: TickVerdict;
  /** Held ticks that this one confirmed: to be evaluated before it, in this order. */
  readonly released: readonly Tick[];
  /** Held ticks that are given up because of this one, each with what was wrong with it. */
  readonly givenUp: readonly { readonly tick: Tick; readonly reason: TickRejection }[];
}

interface Held {
  readonly tick: Tick;
  readonly suspicion: Suspicion;
}

/** What one source last said of one instrument. */
interface SourceOrder {
  at: number;
  sequence: number | null;
  price: number;
  volume: number | undefined;
  held: Held | null;
}

interface SymbolState {
  readonly range: RecentRange;
  readonly sources: Map<string, SourceOrder>;
}

const plain = (verdict: TickVerdict): Judgement => ({ verdict, released: [], givenUp: [] });
const ACCEPTED = plain('accepted');

/** Whether two prices speak of the same level: the one would be no jump from the other. */
function agree(a: number, b: number): boolean {
  return Math.abs(a - b) <= CALM_SHARE * Math.min(Math.abs(a), Math.abs(b));
}

/** A quote that was merely fetched again; trades that are alike are told apart by their sequence. */
function samePrint(order: { at: number; price: number; volume?: number | undefined }, tick: Tick): boolean {
  return order.at === tick.at && order.price === tick.price && order.volume === tick.volume;
}

function repeats(order: SourceOrder, tick: Tick): boolean {
  const { held } = order;
  if (tick.sequence === undefined) return samePrint(order, tick) || (held !== null && samePrint(held.tick, tick));
  return (
    (order.sequence !== null && tick.sequence <= order.sequence) ||
    (held?.tick.sequence !== undefined && tick.sequence <= held.tick.sequence)
  );
}

function advance(order: SourceOrder, tick: Tick): void {
  order.at = tick.at;
  order.sequence = tick.sequence ?? order.sequence;
  order.price = tick.price;
  order.volume = tick.volume;
}

function holding({ sources }: SymbolState): boolean {
  for (const order of sources.values()) if (order.held !== null) return true;
  return false;
}

export class Gate {
  private readonly symbols = new Map<InstrumentSymbol, SymbolState>();

  /** Where a source stood before the restart. */
  seedOrder(source: string, symbol: InstrumentSymbol, position: Position): void {
    const order = this.orderOf(this.stateOf(symbol), source);
    order.at = position.at;
    order.sequence = position.sequence;
  }

  /** The last good price before the restart. After `seedOrder`. */
  seedPrice(tick: Tick): void {
    const state = this.stateOf(tick.symbol);
    state.range.add(tick.price);
    const order = state.sources.get(tick.source);
    if (order?.at === tick.at) advance(order, tick);
  }

  /** Where a source stands now: what it would go on after. */
  positions(source: string): ReadonlyMap<InstrumentSymbol, Position> {
    const found = new Map<InstrumentSymbol, Position>();
    for (const [symbol, { sources }] of this.symbols) {
      const order = sources.get(source);
      if (order !== undefined && order.at !== Number.NEGATIVE_INFINITY)
        found.set(symbol, { at: order.at, sequence: order.sequence });
    }
    return found;
  }

  /** What becomes of a live tick that came at `now`. */
  judge(tick: Tick, now: number, staleAfterMs: number): Judgement {
    if (!Number.isFinite(tick.price) || !Number.isFinite(tick.at)) return plain('not-a-number');
    const state = this.stateOf(tick.symbol);
    const order = this.orderOf(state, tick.source);
    if (repeats(order, tick)) return plain('repeated');
    if (tick.at > now + FUTURE_ALLOWANCE_MS) return plain('future');
    const suspicion = state.range.suspicion(tick.price);
    const late = tick.at < order.at;
    if (late || now - tick.at > staleAfterMs) {
      // It is for history only, and there a wrong scale would stay for good. The range of its own time is not known.
      if (suspicion === 'not-positive' || suspicion === 'scale-error') return plain(suspicion);
      if (late) return plain('late');
      advance(order, tick);
      return plain('stale');
    }
    return suspicion === null
      ? this.pass(state, order, tick, now, staleAfterMs)
      : this.doubt(state, order, tick, suspicion, now, staleAfterMs);
  }

  /** What becomes of a tick that is for history anyway. Moves the source's order forward, judges no price level. */
  judgePast(tick: Tick): TickRejection {
    if (!Number.isFinite(tick.price) || !Number.isFinite(tick.at)) return 'not-a-number';
    if (!(tick.price > 0)) return 'not-positive';
    const order = this.orderOf(this.stateOf(tick.symbol), tick.source);
    if (repeats(order, tick)) return 'repeated';
    if (tick.at < order.at) return 'late';
    advance(order, tick);
    return 'stale';
  }

  /** A price like the ones before. It settles what its source holds: confirmed if this one lies nearer to it. */
  private pass(state: SymbolState, order: SourceOrder, tick: Tick, now: number, staleAfterMs: number): Judgement {
    if (!holding(state)) {
      advance(order, tick);
      state.range.add(tick.price);
      return ACCEPTED;
    }
    const before = state.range.last;
    const nearHeld = ({ tick: held }: Held): boolean =>
      agree(tick.price, held.price) && Math.abs(tick.price - held.price) < Math.abs(tick.price - before);
    const released: Tick[] = [];
    const givenUp: { tick: Tick; reason: TickRejection }[] = [];
    for (const other of state.sources.values()) {
      const { held } = other;
      if (held === null) continue;
      const own = other === order;
      // "The next tick" is the next in time: one from before the held tick says nothing about it.
      if (own && tick.at < held.tick.at) continue;
      const confirmed = nearHeld(held) && (!own || held.suspicion !== 'not-positive');
      if (!own && !confirmed) continue;
      other.held = null;
      settle(held, other, confirmed, now, staleAfterMs, released, givenUp);
    }
    if (released.length > 0) state.range.clear();
    for (const each of released) state.range.add(each.price);
    advance(order, tick);
    state.range.add(tick.price);
    return { verdict: 'accepted', released, givenUp };
  }

  /** A price unlike the ones before: used if a held one agrees, else held. */
  private doubt(
    state: SymbolState,
    order: SourceOrder,
    tick: Tick,
    suspicion: Suspicion,
    now: number,
    staleAfterMs: number,
  ): Judgement {
    const released: Tick[] = [];
    const givenUp: { tick: Tick; reason: TickRejection }[] = [];
    const confirming: SourceOrder[] = [];
    for (const other of state.sources.values()) {
      const { held } = other;
      if (held === null || !agree(tick.price, held.tick.price)) continue;
      const counts =
        other === order ? suspicion !== 'not-positive' && tick.at >= held.tick.at : now - held.tick.at <= staleAfterMs;
      if (counts) confirming.push(other);
    }
    if (!confirming.includes(order) && order.held !== null) {
      givenUp.push({ tick: order.held.tick, reason: order.held.suspicion });
      order.held = null;
    }
    if (confirming.length === 0) {
      order.held = { tick, suspicion };
      return { verdict: 'held', released, givenUp };
    }
    state.range.clear();
    for (const other of confirming) {
      const held = other.held as Held;
      other.held = null;
      settle(held, other, true, now, staleAfterMs, released, givenUp);
    }
    for (const each of released) state.range.add(each.price);
    advance(order, tick);
    state.range.add(tick.price);
    return { verdict: 'accepted', released, givenUp };
  }

  private stateOf(symbol: InstrumentSymbol): SymbolState {
    let state = this.symbols.get(symbol);
    if (state === undefined) {
      state = { range: new RecentRange(), sources: new Map() };
      this.symbols.set(symbol, state);
    }
    return state;
  }

  private orderOf(state: SymbolState, source: string): SourceOrder {
    let order = state.sources.get(source);
    if (order === undefined) {
      const [first] = state.sources.keys();
      if (state.sources.size >= MAX_SOURCES_PER_SYMBOL && first !== undefined) state.sources.delete(first);
      order = { at: Number.NEGATIVE_INFINITY, sequence: null, price: Number.NaN, volume: undefined, held: null };
      state.sources.set(source, order);
    }
    return order;
  }
}

/** Ends a quarantine. A confirmed tick that has grown old meanwhile is stale: for history, not for alerts. */
function settle(
  held: Held,
  order: SourceOrder,
  confirmed: boolean,
  now: number,
  staleAfterMs: number,
  released: Tick[],
  givenUp: { tick: Tick; reason: TickRejection }[],
): void {
  if (!confirmed) {
    givenUp.push({ tick: held.tick, reason: held.suspicion });
    return;
  }
  // Its source may have gone on with good prices in between (another source confirmed it only now).
  const { at, sequence } = held.tick;
  if (at < order.at || (sequence !== undefined && order.sequence !== null && sequence <= order.sequence)) {
    givenUp.push({ tick: held.tick, reason: 'late' });
    return;
  }
  advance(order, held.tick);
  if (now - at > staleAfterMs) givenUp.push({ tick: held.tick, reason: 'stale' });
  else released.push(held.tick);
}
