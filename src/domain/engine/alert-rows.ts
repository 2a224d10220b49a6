/**
 * What every alert of an instrument has, a row each: 64 bytes, a line of the processor's caches. To change or fire one
 * of a million is mostly waiting for memory, and so it waits once, not a dozen times. Rows come in pages, so that more
 * room never means to copy what there is.
 */
import type { Kind, Kinds } from './kinds.ts';

const [ROW_NUMBERS, ROW_WORDS] = [8, 16];
/** Rows of a page, as a power of two: 16 KB. */
const PAGE_BITS = 8;
const PAGE_ROWS = 1 << PAGE_BITS;
/** The first page starts small: most instruments have few alerts. */
const FIRST_ROWS = 8;

/** Eight bytes each: where in its row which number is. NaN for a time that there is none of. */
const [ARMED_AT, NUMBER, EXPIRES_AT, COOLDOWN_UNTIL] = [0, 1, 2, 3];
/** Four bytes each, after those: the words of the id come first. */
const [ID, VERSION, EPOCH, KIND, FLAGS] = [8, 12, 13, 14, 15];
/** Of the flags: three bits of the status, two of what it is watched for, and one. */
const [STATUS, WATCHED, WATCHED_SHIFT, WAS_FALSE] = [0b111, 0b11000, 3, 0b100000];

/** One memory, read in two ways. */
interface Page {
  readonly numbers: Float64Array;
  readonly words: Uint32Array;
}

export class AlertRows {
  readonly #kinds: Kinds;
  readonly #pages: Page[] = [];

  constructor(kinds: Kinds) {
    this.#kinds = kinds;
  }

  version(slot: number): number {
    return this.#words(slot)[wordOf(slot, VERSION)] as number;
  }

  setVersion(slot: number, version: number): void {
    this.#words(slot)[wordOf(slot, VERSION)] = version;
  }

  epoch(slot: number): number {
    return this.#words(slot)[wordOf(slot, EPOCH)] as number;
  }

  setEpoch(slot: number, epoch: number): void {
    this.#words(slot)[wordOf(slot, EPOCH)] = epoch;
  }

  status(slot: number): number {
    return (this.#words(slot)[wordOf(slot, FLAGS)] as number) & STATUS;
  }

  setStatus(slot: number, status: number): void {
    this.#setFlags(slot, STATUS, status);
  }

  watched(slot: number): number {
    return ((this.#words(slot)[wordOf(slot, FLAGS)] as number) & WATCHED) >> WATCHED_SHIFT;
  }

  setWatched(slot: number, watched: number): void {
    this.#setFlags(slot, WATCHED, watched << WATCHED_SHIFT);
  }

  /** Whether a cooling alert's condition has been false since it fired. */
  wasFalse(slot: number): boolean {
    return ((this.#words(slot)[wordOf(slot, FLAGS)] as number) & WAS_FALSE) !== 0;
  }

  setWasFalse(slot: number, wasFalse: boolean): void {
    this.#setFlags(slot, WAS_FALSE, wasFalse ? WAS_FALSE : 0);
  }

  armedAt(slot: number): number {
    return this.#numbers(slot)[numberOf(slot, ARMED_AT)] as number;
  }

  setArmedAt(slot: number, at: number): void {
    this.#numbers(slot)[numberOf(slot, ARMED_AT)] = at;
  }

  /** The first number of the condition. */
  number(slot: number): number {
    return this.#numbers(slot)[numberOf(slot, NUMBER)] as number;
  }

  setNumber(slot: number, number: number): void {
    this.#numbers(slot)[numberOf(slot, NUMBER)] = number;
  }

  /** Undefined for never. */
  expiresAt(slot: number): number | undefined {
    return orNone(this.#numbers(slot)[numberOf(slot, EXPIRES_AT)] as number);
  }

  setExpiresAt(slot: number, at: number | undefined): void {
    this.#numbers(slot)[numberOf(slot, EXPIRES_AT)] = at ?? Number.NaN;
  }

  /** Of a cooling alert whose time is not over; undefined for others. */
  cooldownUntil(slot: number): number | undefined {
    return orNone(this.#numbers(slot)[numberOf(slot, COOLDOWN_UNTIL)] as number);
  }

  setCooldownUntil(slot: number, at: number | undefined): void {
    this.#numbers(slot)[numberOf(slot, COOLDOWN_UNTIL)] = at ?? Number.NaN;
  }

  kind(slot: number): Kind {
    return this.#kinds.at((this.#words(slot)[wordOf(slot, KIND)] as number) - 1);
  }

  /** In place of the one it has, if any; undefined for none. */
  setKind(slot: number, kind: Kind | undefined): void {
    const words = this.#words(slot);
    const word = wordOf(slot, KIND);
    const before = words[word] as number;
    words[word] = kind === undefined ? 0 : this.#kinds.take(kind) + 1;
    if (before > 0) this.#kinds.drop(before - 1);
  }

  idWord(slot: number, index: number): number {
    return this.#words(slot)[wordOf(slot, ID + index)] as number;
  }

  hasIdWords(slot: number, first: number, second: number, third: number, fourth: number): boolean {
    const words = this.#words(slot);
    const at = wordOf(slot, ID);
    return words[at] === first && words[at + 1] === second && words[at + 2] === third && words[at + 3] === fourth;
  }

  setIdWords(slot: number, first: number, second: number, third: number, fourth: number): void {
    const words = this.#words(slot);
    const at = wordOf(slot, ID);
    words[at] = first;
    words[at + 1] = second;
    words[at + 2] = third;
    words[at + 3] = fourth;
  }

  /** Makes a row for a slot, with nothing in it. A slot has none before those below it. */
  clearRow(slot: number): void {
    const index = slot >>> PAGE_BITS;
    const known = this.#pages[index];
    if (known === undefined) this.#pages.push(newPage(index === 0 ? FIRST_ROWS : PAGE_ROWS));
    else if (numberOf(slot, 0) >= known.numbers.length) this.#pages[index] = longer(known);
    const { numbers, words } = this.#pages[index] as Page;
    numbers[numberOf(slot, EXPIRES_AT)] = Number.NaN;
    numbers[numberOf(slot, COOLDOWN_UNTIL)] = Number.NaN;
    words[wordOf(slot, EPOCH)] = 0;
    words[wordOf(slot, FLAGS)] = 0;
  }

  #numbers(slot: number): Float64Array {
    return (this.#pages[slot >>> PAGE_BITS] as Page).numbers;
  }

  #words(slot: number): Uint32Array {
    return (this.#pages[slot >>> PAGE_BITS] as Page).words;
  }

  #setFlags(slot: number, mask: number, value: number): void {
    const words = this.#words(slot);
    const word = wordOf(slot, FLAGS);
    words[word] = ((words[word] as number) & ~mask) | value;
  }
}

function numberOf(slot: number, field: number): number {
  return (slot & (PAGE_ROWS - 1)) * ROW_NUMBERS + field;
}

function wordOf(slot: number, field: number): number {
  return (slot & (PAGE_ROWS - 1)) * ROW_WORDS + field;
}

function orNone(time: number): number | undefined {
  return Number.isNaN(time) ? undefined : time;
}

function newPage(rows: number): Page {
  const numbers = new Float64Array(rows * ROW_NUMBERS);
  return { numbers, words: new Uint32Array(numbers.buffer) };
}

function longer({ words }: Page): Page {
  const page = newPage((2 * words.length) / ROW_WORDS);
  page.words.set(words);
  return page;
}
