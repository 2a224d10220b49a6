/**
 * One price of one instrument at one moment, as a source reported it.
 */
import type { InstrumentSymbol } from './instrument.ts';

export interface Tick {
  readonly symbol: InstrumentSymbol;
  /** In the instrument's currency. A double holds every decimal a provider sends (up to 15 digits) and prints it back. */
  readonly price: number;
  /** Size of the trade in units of the instrument; absent where the source has none. */
  readonly volume?: number;
  /** The provider's trade time, ms UTC. */
  readonly at: number;
  /** When we got it, ms UTC (in a replay: on the recording's own clock). */
  readonly receivedAt: number;
  /** Who reported it: `binance`, `demo`, `replay`, `push`. */
  readonly source: string;
  /**
   * The source's own running number for this symbol (trade id, line of a file), rising; absent where it has none.
   * A tick whose sequence is not above the last one is a repeat, whatever its time.
   */
  readonly sequence?: number;
}

/** Why a tick is not evaluated. `late` and `stale` still go to history, where a `repeated` one is already; others do not. */
export type TickRejection =
  | 'late'
  | 'repeated'
  | 'stale'
  | 'future'
  | 'not-a-number'
  | 'not-positive'
  | 'scale-error'
  | 'off-range'
  | 'unknown-instrument';

/** What became of a tick: evaluated; kept back until another agrees; not evaluated, and why. */
export type TickVerdict = 'accepted' | 'held' | TickRejection;

/** What is counted: all that was not evaluated at once. One that is held is counted as such, and again if it is given up. */
export type TickDoubt = Exclude<TickVerdict, 'accepted'>;
