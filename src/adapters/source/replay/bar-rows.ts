/**
 * CSV rows that are bars. Each becomes four ticks inside its time, the way `domain/market/bar-path` says.
 *
 * The bar's whole volume stands on its close, so sums stay right. Bars of bid and ask give the middle of the two, value
 * by value. A daily bar of an exchange lies within that day's session, any other within its own UTC time. The bars of
 * one moment are dealt out together, so that time never runs backwards between symbols; the sequence of a tick is four
 * for each row and its place in the bar.
 */
import { barSpan, priceInBar, TICKS_A_BAR, timeInBar } from '#domain/market/bar-path.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { calendarOf } from './recorded-instrument.ts';
import { numberOf, type RecordedTick, type RowReader, type SymbolColumn, splitRow, timeOf } from './row-reader.ts';
import { middle } from './trade-rows.ts';

export interface BarColumns {
  readonly time: number;
  /** -1 where the file is about one symbol. */
  readonly symbol: number;
  /** Open, high, low, close; of the bid where `ask` is there. */
  readonly prices: readonly number[];
  /** Open, high, low, close of the ask, or empty. */
  readonly ask: readonly number[];
  /** -1 where there is none. */
  readonly volume: number;
}

/** Bars of one moment that are kept to be dealt out together: more symbols than any recording of bars here has. */
const MAX_BARS_AT_ONCE = 20_000;

export function readBarRows(
  columns: BarColumns,
  intervalMs: number,
  symbols: SymbolColumn,
  fixedSymbol: InstrumentSymbol | null,
): RowReader {
  let moment = Number.NaN;
  let kept: RecordedTick[] = [];
  const seen = new Set<InstrumentSymbol>();
  const flush = (out: RecordedTick[]): void => {
    kept.sort((a, b) => a.at - b.at || a.sequence - b.sequence);
    for (const tick of kept) out.push(tick);
    kept = [];
  };
  return {
    intervalMs,
    isFrames: false,
    end: flush,
    row(text: string, line: number, out: RecordedTick[]): string | undefined {
      const fields = splitRow(text);
      const start = timeOf(fields[columns.time]);
      if (Number.isNaN(start)) return `no time in "${fields[columns.time] ?? ''}"`;
      const symbol = fixedSymbol ?? symbols.read(fields[columns.symbol]);
      if (symbol === undefined) return `no symbol in "${fields[columns.symbol] ?? ''}"`;
      const [open, high, low, close] = columns.prices.map((column, index) =>
        columns.ask.length === 0
          ? numberOf(fields[column])
          : middle(fields[column], fields[columns.ask[index] as number]),
      ) as [number, number, number, number];
      for (const price of [open, high, low, close])
        if (!Number.isFinite(price) || price === 0) return 'not four prices in the bar';
      if (low > Math.min(open, close) || high < Math.max(open, close)) return 'open or close lies outside high and low';
      const volume = columns.volume === -1 ? undefined : numberOf(fields[columns.volume]);
      if (volume !== undefined && !(volume >= 0)) return `no volume in "${fields[columns.volume] ?? ''}"`;

      if (start !== moment) seen.clear();
      else if (seen.has(symbol)) return `a second bar of ${symbol} at the same time`;
      seen.add(symbol);
      if (start !== moment || kept.length >= MAX_BARS_AT_ONCE * TICKS_A_BAR) flush(out);
      moment = start;
      const span = barSpan(calendarOf(symbol), start, intervalMs);
      for (let place = 0; place < TICKS_A_BAR; place += 1) {
        const at = timeInBar(place, span);
        const tick = {
          symbol,
          price: priceInBar(place, open, high, low, close),
          at,
          receivedAt: at,
          sequence: (line - 1) * TICKS_A_BAR + place,
        };
        kept.push(place === TICKS_A_BAR - 1 && volume !== undefined ? { ...tick, volume } : tick);
      }
      return undefined;
    },
  };
}
