/**
 * All trades of the source on their way out: each pair in the order of its ids, holes filled from the history where that
 * is possible and reported as a gap where it is not, never more in memory than the limits say.
 */
import type { Clock } from '#contracts/clock.ts';
import type { SourceContext } from '#contracts/source.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import type { Found } from './missing-trades.ts';
import type { Outbox } from './outbox.ts';
import type { Trade } from './trade-frame.ts';
import { type Hole, TradeLine } from './trade-line.ts';

/** Ticks that wait to be taken, about 30 MB: beyond it trades are let go and fetched or reported as a gap later. */
export const MAX_BUFFERED_TICKS = 100_000;
/** Trades of one pair held behind a hole: beyond it the hole is given up. */
const MAX_HELD_TRADES = 20_000;
/** A filled trade younger than this is judged by alerts; an older one is for charts, and the gap is told. */
const FRESH_MS = 30_000;

export interface TapeOptions {
  readonly source: string;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly resumeAfter: SourceContext['resumeAfter'];
  readonly symbolOf: (pair: string) => InstrumentSymbol | undefined;
  readonly fetchMissing: (hole: Hole, line: TradeLine) => Promise<Found>;
  /** Whether another connection may still bring what seems to be missing. */
  readonly mayStillCome: () => boolean;
  readonly onDropped: () => void;
}

export class Tape {
  private readonly options: TapeOptions;
  private readonly lines = new Map<string, TradeLine>();
  private readonly filling = new Map<string, Promise<void>>();
  /** The newest trade of each pair that was let go while the buffer was full. */
  private readonly dropped = new Map<string, Trade>();
  private overflowing = false;
  private closed = false;

  constructor(options: TapeOptions) {
    this.options = options;
  }

  offer(trade: Trade): void {
    const symbol = this.options.symbolOf(trade.pair);
    if (symbol === undefined || this.closed) return;
    const { outbox } = this.options;
    if (outbox.size >= MAX_BUFFERED_TICKS) this.overflowing = true;
    if (this.overflowing) {
      if (trade.id > (this.dropped.get(trade.pair)?.id ?? -1)) this.dropped.set(trade.pair, trade);
      this.options.onDropped();
      return;
    }
    const line = this.lineOf(trade.pair, symbol);
    this.say(symbol, line.offer(trade));
    if (line.hole !== null && (!this.options.mayStillCome() || line.holding > MAX_HELD_TRADES))
      this.close(trade.pair, symbol, line);
  }

  /** No other connection brings anything more: what is missing now is missing. */
  closeHoles(): void {
    for (const [pair, line] of this.lines) {
      const symbol = this.options.symbolOf(pair);
      if (symbol !== undefined && line.hole !== null) this.close(pair, symbol, line);
    }
  }

  /** The buffer has been taken from: after an overflow, half of it must be free again. */
  recover(): void {
    if (!this.overflowing || this.options.outbox.size > MAX_BUFFERED_TICKS / 2) return;
    this.overflowing = false;
    const dropped = [...this.dropped.values()];
    this.dropped.clear();
    for (const trade of dropped) this.offer(trade);
  }

  async stop(): Promise<void> {
    this.closed = true;
    await Promise.all(this.filling.values());
  }

  private lineOf(pair: string, symbol: InstrumentSymbol): TradeLine {
    let line = this.lines.get(pair);
    if (line === undefined) {
      const position = this.options.resumeAfter.get(symbol);
      line = new TradeLine(
        position === undefined || position.sequence === null ? null : { id: position.sequence, at: position.at },
      );
      this.lines.set(pair, line);
    }
    return line;
  }

  private close(pair: string, symbol: InstrumentSymbol, line: TradeLine): void {
    if (this.filling.has(pair)) return;
    const work = this.fill(symbol, line).finally(() => {
      this.filling.delete(pair);
      if (!this.closed && line.hole !== null) this.close(pair, symbol, line);
    });
    this.filling.set(pair, work);
  }

  private async fill(symbol: InstrumentSymbol, line: TradeLine): Promise<void> {
    const hole = line.hole as Hole;
    const { outbox, clock } = this.options;
    const found: Found =
      line.holding > MAX_HELD_TRADES
        ? { problem: 'too much came in while the history was asked' }
        : await this.options.fetchMissing(hole, line);
    if (this.closed) return;
    // Another connection may have filled it meanwhile.
    if (line.hole?.fromId !== hole.fromId) return;
    const [from, to] = [hole.after.at, hole.until.at];
    if ('problem' in found) {
      outbox.put({ kind: 'gap', symbol, from, to, reason: found.problem });
    } else {
      const ticks = found.trades.map((trade) => this.tickOf(symbol, trade));
      const old = ticks.filter(({ at }) => clock.now() - at > FRESH_MS);
      const fresh = ticks.slice(old.length);
      if (old.length > 0) {
        const reason = `${hole.toId - hole.fromId + 1} trades were not seen and fetched later`;
        outbox.put({ kind: 'gap', symbol, from, to: fresh[0]?.at ?? to, reason }, { kind: 'history', ticks: old });
      }
      outbox.put(...fresh.map((tick) => ({ kind: 'tick', tick }) as const));
    }
    this.say(symbol, line.pass());
  }

  private say(symbol: InstrumentSymbol, trades: readonly Trade[]): void {
    for (const trade of trades) this.options.outbox.put({ kind: 'tick', tick: this.tickOf(symbol, trade) });
  }

  private tickOf(symbol: InstrumentSymbol, trade: Omit<Trade, 'volume'> & { readonly volume?: number }): Tick {
    const { price, at, id, volume } = trade;
    const tick = { symbol, price, at, receivedAt: this.options.clock.now(), source: this.options.source, sequence: id };
    return volume === undefined ? tick : { ...tick, volume };
  }
}
