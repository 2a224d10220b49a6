/**
 * Chance that can be asked for at any point: the same key and place give the same number, on any machine, in any order.
 * Integer arithmetic only, so nothing depends on how a machine rounds.
 */

/** 32 well-mixed bits of two numbers. */
export function mix(key: number, place: number): number {
  let bits = Math.imul(key ^ Math.imul(place, 0x9e3779b1), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 15) ^ key, 0x2c1b3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
  return (bits ^ (bits >>> 15)) >>> 0;
}

/** A key for a text under a seed. */
export function keyOf(seed: number, text: string): number {
  let key = seed >>> 0;
  for (let index = 0; index < text.length; index += 1) key = mix(key, text.charCodeAt(index));
  return key;
}

/** 0 <= n < 1. */
export function uniform(key: number, place: number): number {
  return mix(key, place) / 4_294_967_296;
}

/** Standard deviation of the sum of four independent bytes. */
const FOUR_BYTES_DEVIATION = 147.8;

/** Close to a standard normal deviate, never beyond 3.5: the sum of four bytes. */
export function normal(key: number, place: number): number {
  const bits = mix(key, place);
  return ((bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510) / FOUR_BYTES_DEVIATION;
}

/** A smooth curve through a normal deviate at every multiple of `period`. */
export function wave(key: number, second: number, period: number): number {
  const place = Math.floor(second / period);
  const part = second / period - place;
  if (part === 0) return normal(key, place);
  const eased = part * part * (3 - 2 * part);
  return normal(key, place) * (1 - eased) + normal(key, place + 1) * eased;
}
