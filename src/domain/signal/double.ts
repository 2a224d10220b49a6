/**
 * Neighbours among the doubles. A level that must be exceeded is the next double as a level that must be reached, so
 * one kind of level is enough and 61600.01 is never 61600.00999.
 */
const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);
const words = new Uint32Array(double.buffer);
/** Where the low 32 bits of a double stand on this machine. */
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;
const FULL = 0xffff_ffff;

/** The smallest double above a finite `value`. */
export function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  double[0] = value;
  const low = words[LOW] as number;
  const high = words[HIGH] as number;
  if (value > 0) {
    words[LOW] = low + 1;
    if (low === FULL) words[HIGH] = high + 1;
  } else {
    words[LOW] = low - 1;
    if (low === 0) words[HIGH] = high - 1;
  }
  return double[0];
}

/** The smallest double for which `reached` is true, or Infinity; `reached` never turns false again. */
export function firstDouble(reached: (value: number) => boolean): number {
  double[0] = Number.POSITIVE_INFINITY;
  let to = bits[0] as bigint;
  let from = -to;
  while (from < to) {
    const middle = (from + to) >> 1n;
    if (reached(doubleAt(middle))) to = middle;
    else from = middle + 1n;
  }
  return doubleAt(to);
}

/** By its place among all: those of 0 and above are in the order of their bits, those below in that of their opposites'. */
function doubleAt(place: bigint): number {
  bits[0] = place < 0n ? -place : place;
  const size = double[0] as number;
  return place < 0n ? -size : size;
}
