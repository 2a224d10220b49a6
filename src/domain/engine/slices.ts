/**
 * Work that may be long, in slices: an event that concerns thousands of alerts must not hold everything else up. Between
 * two slices of an event nothing may happen to the engine; it may be asked why.
 */

/** Alerts judged in a slice: each takes a few microseconds, so that a slice takes a millisecond or two. */
export const SLICE_ALERTS = 256;

/** Gives control back between any two slices. */
export type Slices = Iterator<void, void>;

/** All that is left, at once. */
export function finish(slices: Slices | undefined): void {
  while (slices !== undefined && slices.next().done !== true);
}

/**
 * Takes each of these slots once, which may be there more often, in rising order: the same whatever the books look like
 * inside. Few are taken at once; of many, what it gives takes a slice after the other, each but the first after `resume`:
 * whoever has asked in between may have looked at another moment.
 */
export function inOrder(
  slots: number[],
  take: (slot: number) => void,
  resume: () => void,
): Generator<void> | undefined {
  if (slots.length > SLICE_ALERTS) return inSlices(Uint32Array.from(slots).sort(), take, resume);
  slots.sort((a, b) => a - b);
  let before = -1;
  for (const slot of slots) {
    if (slot !== before) take(slot);
    before = slot;
  }
  return undefined;
}

function* inSlices(slots: Uint32Array, take: (slot: number) => void, resume: () => void): Generator<void> {
  for (const [index, slot] of slots.entries()) {
    if (slot !== slots[index - 1]) take(slot);
    if ((index + 1) % SLICE_ALERTS > 0) continue;
    yield;
    resume();
  }
}
