/**
 * CSV rows that are one price each: trades (`ts_ms_utc,symbol,price,size,…`) and quotes (`ts_ms_utc,symbol,bid,ask`).
 * A quote's price is the middle of bid and ask, with no digit more than that needs; it has no volume. The sequence of a
 * row is its place in the file, so rows of the same millisecond are told apart.
 */
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { numberOf, type RecordedTick, type RowReader, type SymbolColumn, splitRow, timeOf } from './row-reader.ts';

export interface TradeColumns {
  readonly time: number;
  /** -1 where the file is about one symbol. */
  readonly symbol: number;
  readonly price: number;
  /** -1 where there is none. */
  readonly size: number;
  /** The ask's column where `price` is the bid's, else -1. */
  readonly ask: number;
}

export function readTradeRows(
  columns: TradeColumns,
  symbols: SymbolColumn,
  fixedSymbol: InstrumentSymbol | null,
): RowReader {
  return {
    intervalMs: null,
    isFrames: false,
    end() {},
    row(text: string, line: number, out: RecordedTick[]): string | undefined {
      const fields = splitRow(text);
      const at = timeOf(fields[columns.time]);
      if (Number.isNaN(at)) return `no time in "${fields[columns.time] ?? ''}"`;
      const symbol = fixedSymbol ?? symbols.read(fields[columns.symbol]);
      if (symbol === undefined) return `no symbol in "${fields[columns.symbol] ?? ''}"`;
      const price =
        columns.ask === -1 ? numberOf(fields[columns.price]) : middle(fields[columns.price], fields[columns.ask]);
      if (!Number.isFinite(price) || price === 0) return `no price in "${fields[columns.price] ?? ''}"`;
      const size = columns.size === -1 ? undefined : numberOf(fields[columns.size]);
      if (size === undefined) out.push({ symbol, price, at, receivedAt: at, sequence: line - 1 });
      else if (size >= 0) out.push({ symbol, price, volume: size, at, receivedAt: at, sequence: line - 1 });
      else return `no size in "${fields[columns.size] ?? ''}"`;
      return undefined;
    },
  };
}

/** The middle of two decimal texts, exact: the sum of two decimals halved needs one digit more than they have. */
export function middle(bid: string | undefined, ask: string | undefined): number {
  const [low, high] = [numberOf(bid), numberOf(ask)];
  // An empty side is no quote; a zero one means "nobody".
  if (!(low > 0 && high > 0)) return Number.NaN;
  const digits = Math.max(digitsOf(bid as string), digitsOf(ask as string));
  return Number(((low + high) / 2).toFixed(Math.min(digits + 1, 15)));
}

function digitsOf(text: string): number {
  const point = text.indexOf('.');
  return point === -1 ? 0 : text.length - point - 1;
}
