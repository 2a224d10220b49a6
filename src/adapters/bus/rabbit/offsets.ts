/**
 * An offset of the bus is the place of its entry in the stream and its index there, within the log's generation: rising,
 * not dense. Entries are counted by the server from 0.
 */
/** Messages of one entry at most; with some that carry history, an entry is still far below what the server takes. */
export const MAX_ENTRY_MESSAGES = 256;
/** 2^36 entries: decades. Above 0, so that offsets of whatever bus came before are lower than all of ours. */
const GENERATION = 2 ** 44;

export const firstOf = (generation: number): number => generation * GENERATION;
export const offsetOf = (generation: number, place: number, index = 0): number =>
  firstOf(generation) + place * MAX_ENTRY_MESSAGES + index;
/** Undefined where the offset is of a log before this one. */
export const placeOf = (generation: number, offset: number): number | undefined =>
  offset < firstOf(generation) ? undefined : Math.floor((offset - firstOf(generation)) / MAX_ENTRY_MESSAGES);
