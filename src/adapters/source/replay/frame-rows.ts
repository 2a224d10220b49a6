/**
 * Lines of a recorded WebSocket: `<receive time in ns> <frame>`. Frames are read by the provider's own parser, handed
 * in; what is no trade is passed over.
 */
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import type { RecordedTick, RowReader } from './row-reader.ts';

/** How a provider's frames are read. */
export interface FrameFormat {
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
    | undefined;
  instrument(symbol: InstrumentSymbol): Instrument;
}

const NS_DIGITS = 19;
export const FRAME_LINE = /^\d{19} \{/;

export function readFrameRows(format: FrameFormat): RowReader {
  return {
    intervalMs: null,
    isFrames: true,
    end() {},
    row(text: string, _line: number, out: RecordedTick[]): string | undefined {
      // Milliseconds are the first 13 of the 19 digits: no arithmetic that would round.
      const receivedAt = Number(text.slice(0, 13));
      if (text[NS_DIGITS] !== ' ' || !Number.isSafeInteger(receivedAt)) return 'no receive time';
      const trade = format.read(text.slice(NS_DIGITS + 1));
      if (trade === undefined) return undefined;
      if (typeof trade === 'string') return trade;
      out.push({ ...trade, receivedAt });
      return undefined;
    },
  };
}
