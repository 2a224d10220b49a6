/**
 * The levels of one signal that are watched in one direction, in order, each with the slot of its alert. A move from
 * a to b finds just the levels between, however many there are. Blocks of typed arrays: a change costs a search and a
 * shift within one block, never a shift of all.
 */

/** Shifting 512 levels takes under a microsecond; a million levels are then 2,000 to 4,000 blocks to search. */
const BLOCK_LEVELS = 512;
/** A block starts small: most signals of most instruments have few levels. */
const FIRST_CAPACITY = 8;

interface Block {
  keys: Float64Array;
  slots: Uint32Array;
  length: number;
}

export class LevelBook {
  readonly #blocks: Block[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(key: number, slot: number): void {
    this.#size += 1;
    const blocks = this.#blocks;
    if (blocks.length === 0) blocks.push(newBlock(FIRST_CAPACITY));
    let index = Math.min(this.#blockOf(key, slot), blocks.length - 1);
    let block = blocks[index] as Block;
    if (block.length === BLOCK_LEVELS) {
      const upper = split(block);
      blocks.splice(index + 1, 0, upper);
      const last = block.length - 1;
      if (isBefore(block.keys[last] as number, block.slots[last] as number, key, slot)) {
        index += 1;
        block = upper;
      }
    } else if (block.length === block.keys.length) grow(block);
    const place = placeOf(block, key, slot);
    block.keys.copyWithin(place + 1, place, block.length);
    block.slots.copyWithin(place + 1, place, block.length);
    block.keys[place] = key;
    block.slots[place] = slot;
    block.length += 1;
  }

  remove(key: number, slot: number): void {
    const index = this.#blockOf(key, slot);
    const block = this.#blocks[index];
    const place = block === undefined ? 0 : placeOf(block, key, slot);
    if (block === undefined || block.keys[place] !== key || block.slots[place] !== slot)
      throw new Error(`no level ${key} of slot ${slot} in the book`);
    block.keys.copyWithin(place, place + 1, block.length);
    block.slots.copyWithin(place, place + 1, block.length);
    block.length -= 1;
    this.#size -= 1;
    if (block.length === 0) this.#blocks.splice(index, 1);
  }

  /** Adds the slots of every level with `above < level <= upTo` to `found`. */
  between(above: number, upTo: number, found: number[]): void {
    const blocks = this.#blocks;
    if (this.#size === 0) return;
    // Slots are whole numbers, so no level of `above` itself comes after this one.
    for (let index = this.#blockOf(above, Number.POSITIVE_INFINITY); index < blocks.length; index += 1) {
      const { keys, slots, length } = blocks[index] as Block;
      const from = (keys[0] as number) > above ? 0 : placeOf(blocks[index] as Block, above, Number.POSITIVE_INFINITY);
      for (let place = from; place < length; place += 1) {
        if ((keys[place] as number) > upTo) return;
        found.push(slots[place] as number);
      }
    }
  }

  /** The highest level at or below a value; minus infinity where there is none. */
  lastUpTo(value: number): number {
    const index = this.#blockOf(value, Number.POSITIVE_INFINITY);
    const block = this.#blocks[index];
    const place = block === undefined ? 0 : placeOf(block, value, Number.POSITIVE_INFINITY);
    if (block !== undefined && place > 0) return block.keys[place - 1] as number;
    const lower = this.#blocks[index - 1];
    return lower === undefined ? Number.NEGATIVE_INFINITY : (lower.keys[lower.length - 1] as number);
  }

  /** The lowest level above a value; infinity where there is none. */
  firstAbove(value: number): number {
    const block = this.#blocks[this.#blockOf(value, Number.POSITIVE_INFINITY)];
    if (block === undefined) return Number.POSITIVE_INFINITY;
    return block.keys[placeOf(block, value, Number.POSITIVE_INFINITY)] as number;
  }

  /** The first block whose last level is not before this one. */
  #blockOf(key: number, slot: number): number {
    const blocks = this.#blocks;
    let from = 0;
    let to = blocks.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const { keys, slots, length } = blocks[middle] as Block;
      if (isBefore(keys[length - 1] as number, slots[length - 1] as number, key, slot)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function isBefore(key: number, slot: number, otherKey: number, otherSlot: number): boolean {
  return key < otherKey || (key === otherKey && slot < otherSlot);
}

/** The first place in the block that is not before this level. */
function placeOf({ keys, slots, length }: Block, key: number, slot: number): number {
  let from = 0;
  let to = length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (isBefore(keys[middle] as number, slots[middle] as number, key, slot)) from = middle + 1;
    else to = middle;
  }
  return from;
}

function newBlock(capacity: number): Block {
  return { keys: new Float64Array(capacity), slots: new Uint32Array(capacity), length: 0 };
}

function grow(block: Block): void {
  const { keys, slots } = block;
  const bigger = newBlock(Math.min(BLOCK_LEVELS, keys.length * 2));
  bigger.keys.set(keys);
  bigger.slots.set(slots);
  block.keys = bigger.keys;
  block.slots = bigger.slots;
}

function split(block: Block): Block {
  const half = block.length >>> 1;
  const upper = newBlock(BLOCK_LEVELS);
  upper.keys.set(block.keys.subarray(half, block.length));
  upper.slots.set(block.slots.subarray(half, block.length));
  upper.length = block.length - half;
  block.length = half;
  return upper;
}
