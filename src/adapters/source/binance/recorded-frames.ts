/**
 * Recorded frames of Binance, for the replay: read by the very parser the live feed uses.
 */
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import { instrumentOfPair, symbolOfPair } from './pairs.ts';
import { readFrame } from './trade-frame.ts';

/** Cheaper than parsing: most of a recording is quotes. */
const TRADE_STREAM = '@trade"';

const symbols = new Map<string, InstrumentSymbol | undefined>();

export const binanceFrames = {
  /** The trade a frame says; undefined where it says something else; a text where it is broken. */
  read(frame: string):
    | {
        readonly symbol: InstrumentSymbol;
        readonly price: number;
        readonly volume: number;
        readonly at: number;
        readonly sequence: number;
      }
    | string
    | undefined {
    if (frame.endsWith('}') && frame.includes('"stream"') && !frame.includes(TRADE_STREAM)) return undefined;
    const read = readFrame(frame);
    if (read.kind === 'rubbish') return read.problem;
    if (read.kind !== 'trade') return undefined;
    const { pair, id, price, volume, at } = read.trade;
    if (!symbols.has(pair)) symbols.set(pair, symbolOfPair(pair));
    const symbol = symbols.get(pair);
    return symbol === undefined
      ? `the pair ${pair} has no quote currency known here`
      : { symbol, price, volume, at, sequence: id };
  },
  instrument(symbol: InstrumentSymbol): Instrument {
    return instrumentOfPair(symbol) as Instrument;
  },
};
