/**
 * Ticks that change nothing but what was seen last: most of them cross no level. Of a stretch of such ticks of one
 * instrument only the last is kept, and each costs a few comparisons in one cache line, whatever the instrument has.
 * When anything else happens (another kind of tick, a rule, a look), the last one goes the ordinary way.
 *
 * That comes to the same state as if all had gone it: what remains of such ticks is the last one, with its time, volume
 * and number, which every tick of a stretch has where the others have. `Tape.isCalm` says where that holds; whatever
 * makes each tick count (bars, windows, a silence) must make it false there.
 */
import type { Tick } from '../market/tick.ts';
import type { Effect } from './event.ts';
import type { InstrumentWatch } from './instrument-watch.ts';

/** Of one row: a cache line. */
const ROW = 8;
const LAST_AT = 0;
/** Before this moment nothing falls due and no hours begin or end. */
const UNTIL = 1;
/** No level lies between these two. */
const LOW = 2;
const HIGH = 3;
const SEQUENCE = 4;

/** Where no stretch is: no tick comes before this. */
const NEVER = Number.NEGATIVE_INFINITY;

/** Between which values of a price, and until when, a tick changes nothing but what was seen last. */
export interface Cell {
  low: number;
  high: number;
  until: number;
}

/** The rows of all instruments of an engine, side by side. */
export class CalmRows {
  values = new Float64Array(ROW * 16);
  #next = 0;

  take(): number {
    const row = this.#next;
    this.#next += ROW;
    if (this.#next > this.values.length) {
      const grown = new Float64Array(2 * this.values.length);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[row + UNTIL] = NEVER;
    return row;
  }
}

export class Calm {
  readonly #rows: CalmRows;
  readonly #row: number;
  /** Of the last tick that nothing came of, kept back or not: a stretch is of one source. */
  #source: string | undefined;
  #hasVolume = false;
  #hasSequence = false;
  /** Not yet gone the ordinary way. */
  #last: Tick | undefined;

  constructor(rows: CalmRows) {
    this.#rows = rows;
    this.#row = rows.take();
  }

  /** Keeps a tick back; false where it must go the ordinary way. */
  takes(tick: Tick): boolean {
    const { values } = this.#rows;
    const row = this.#row;
    const { at, price, sequence } = tick;
    if (!(at < (values[row + UNTIL] as number) && at >= (values[row + LAST_AT] as number))) return false;
    if (!(price >= (values[row + LOW] as number) && price < (values[row + HIGH] as number))) return false;
    if (tick.source !== this.#source || (tick.volume !== undefined) !== this.#hasVolume) return false;
    if (this.#hasSequence) {
      if (sequence === undefined || !(sequence > (values[row + SEQUENCE] as number))) return false;
      values[row + SEQUENCE] = sequence;
    } else if (sequence !== undefined) return false;
    values[row + LAST_AT] = at;
    this.#last = tick;
    return true;
  }

  /** After a tick has gone the ordinary way and nothing came of it: a second one of its kind begins a stretch. */
  begin(watch: InstrumentWatch, tick: Tick): void {
    const { source, sequence } = tick;
    const hasVolume = tick.volume !== undefined;
    const hasSequence = sequence !== undefined;
    const isAlike = source === this.#source && hasVolume === this.#hasVolume && hasSequence === this.#hasSequence;
    this.#source = source;
    this.#hasVolume = hasVolume;
    this.#hasSequence = hasSequence;
    if (!isAlike) return;
    const cell: Cell = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, until: watch.nextDue };
    for (const tape of watch.tapes.values()) if (!tape.isCalm(cell)) return;
    const { values } = this.#rows;
    const row = this.#row;
    values[row + LAST_AT] = tick.at;
    values[row + UNTIL] = cell.until;
    values[row + LOW] = cell.low;
    values[row + HIGH] = cell.high;
    values[row + SEQUENCE] = sequence ?? 0;
  }

  /** After a tick that something came of: in a storm no stretch is worth its beginning. */
  wait(): void {
    this.#source = undefined;
  }

  /** Ends the stretch: its last tick goes the ordinary way. False where there was none. */
  end(watch: InstrumentWatch): boolean {
    this.#rows.values[this.#row + UNTIL] = NEVER;
    const last = this.#last;
    if (last === undefined) return false;
    this.#last = undefined;
    const out: Effect[] = [];
    watch.tick(last, out);
    if (out.length > 0) throw new Error(`a tick of ${last.symbol} was kept back that something came of`);
    return true;
  }
}
