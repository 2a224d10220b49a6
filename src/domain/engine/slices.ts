/**
 * Work that may be long, in slices: an event that concerns thousands of alerts must not hold everything else up. Between
 * two slices of an event nothing may happen to the engine; it may be asked why. Alerts that look at several instruments are
 * judged in one piece: to ask them why changes what their tape shows between events.
 */

/** Alerts judged in a slice: each takes a few microseconds, so that a slice takes a millisecond or two. */
export const SLICE_ALERTS = 256;

/** Gives control back between any two slices. */
export type Slices = Iterator<void, void>;

/** All that is left, at once. */
export function finish(slices: Slices): void {
  while (slices.next().done !== true);
}
