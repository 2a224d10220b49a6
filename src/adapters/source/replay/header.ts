/**
 * Which rows a recording holds, told from its first line. What it cannot be told from is a failure that names the line.
 */
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { Failure } from '#errors.ts';
import { readBarRows } from './bar-rows.ts';
import { FRAME_LINE, type FrameFormat, readFrameRows } from './frame-rows.ts';
import { canonicalSymbol } from './recorded-instrument.ts';
import { type RowReader, SymbolColumn, splitRow } from './row-reader.ts';
import { readTradeRows } from './trade-rows.ts';

const TIME_NAMES = ['ts_ms_utc', 'ts', 'timestamp', 'time', 'datetime', 'date'];
const SYMBOL_NAMES = ['symbol', 'ticker'];
const PRICE_NAMES = ['price', 'last'];
const SIZE_NAMES = ['size', 'volume', 'quantity', 'qty', 'amount'];
const BAR_NAMES = ['open', 'high', 'low', 'close'];
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface RecordingOptions {
  readonly path: string;
  /** For a file without a symbol column. */
  readonly symbol: InstrumentSymbol | null;
  readonly frames: FrameFormat;
}

/** The reader of the rows, and whether the first line is itself one of them. */
export function readHeader(
  options: RecordingOptions,
  firstLine: string,
): { readonly reader: RowReader; readonly isRow: boolean } {
  if (FRAME_LINE.test(firstLine)) return { reader: readFrameRows(options.frames), isRow: true };
  const names = splitRow(firstLine.replace(/^\uFEFF/, '')).map((name) => name.trim().toLowerCase());
  const column = (...wanted: readonly string[]): number => names.findIndex((name) => wanted.includes(name));
  const fail = (problem: string): never => {
    throw new Failure(
      'source-unavailable',
      `${options.path}, line 1: ${problem}. Known are CSV trades (ts_ms_utc,symbol,price,size), quotes ` +
        '(ts_ms_utc,symbol,bid,ask), bars (ts_ms_utc or date,symbol,open,high,low,close,volume) and recorded frames ' +
        '(<receive time in ns> <frame>)',
    );
  };
  const time = column(...TIME_NAMES);
  if (time === -1) fail(`no time column in "${firstLine.slice(0, 100)}"`);
  const symbol = column(...SYMBOL_NAMES);
  if (symbol === -1 && options.symbol === null) fail('no symbol column: say which symbol it is with ?symbol=SYMBOL');
  if (symbol !== -1 && options.symbol !== null) fail('it has a symbol column: leave ?symbol= out');
  const symbols = new SymbolColumn(canonicalSymbol);
  const size = column(...SIZE_NAMES);
  const bars = BAR_NAMES.map((name) => column(name));
  const bidBars = BAR_NAMES.map((name) => column(`bid_${name}`));
  const askBars = BAR_NAMES.map((name) => column(`ask_${name}`));
  const intervalMs = names[time] === 'date' ? DAY_MS : MINUTE_MS;
  const all = (columns: readonly number[]): boolean => columns.every((index) => index !== -1);

  let reader: RowReader | undefined;
  if (all(bars))
    reader = readBarRows({ time, symbol, prices: bars, ask: [], volume: size }, intervalMs, symbols, options.symbol);
  else if (all(bidBars) && all(askBars))
    reader = readBarRows(
      { time, symbol, prices: bidBars, ask: askBars, volume: -1 },
      intervalMs,
      symbols,
      options.symbol,
    );
  else if (column(...PRICE_NAMES) !== -1)
    reader = readTradeRows({ time, symbol, price: column(...PRICE_NAMES), size, ask: -1 }, symbols, options.symbol);
  else if (column('bid') !== -1 && column('ask') !== -1)
    reader = readTradeRows(
      { time, symbol, price: column('bid'), size: -1, ask: column('ask') },
      symbols,
      options.symbol,
    );
  return { reader: reader ?? fail('no price in the columns'), isRow: false };
}
