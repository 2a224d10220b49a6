/**
 * The levels of one signal that are watched in one direction, in order, each with the slot of its alert. A move from
 * a to b finds just the levels between, however many there are. Blocks of typed arrays: a change costs a search and a
 * shift within one block, never a shift of all.
 */

/** Shifting half of them, one by one, takes less than asking the machine to; a million levels are some 11,000 blocks. */
const BLOCK_LEVELS = 128;
/** A block starts small: most signals of most instruments have few levels. */
const FIRST_CAPACITY = 8;
const NO_KEYS = new Float64Array(0);

interface Block {
  keys: Float64Array;
  slots: Uint32Array;
  length: number;
}

export class LevelBook {
  readonly #blocks: Block[] = [];
  /** The last key of each block, side by side: a search goes through no other block than the one it ends in. */
  #lasts = NO_KEYS;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(key: number, slot: number): void {
    this.#size += 1;
    const blocks = this.#blocks;
    if (blocks.length === 0) this.#insert(0, newBlock(FIRST_CAPACITY));
    let index = Math.min(this.#blockOf(key, slot), blocks.length - 1);
    let block = blocks[index] as Block;
    if (block.length === BLOCK_LEVELS) {
      this.#insert(index + 1, split(block));
      this.#noteLast(index);
      const last = block.length - 1;
      if (isBefore(block.keys[last] as number, block.slots[last] as number, key, slot)) {
        index += 1;
        block = blocks[index] as Block;
      }
    } else if (block.length === block.keys.length) grow(block);
    const { keys, slots, length } = block;
    const place = placeOf(block, key, slot);
    for (let at = length; at > place; at -= 1) {
      keys[at] = keys[at - 1] as number;
      slots[at] = slots[at - 1] as number;
    }
    keys[place] = key;
    slots[place] = slot;
    block.length = length + 1;
    if (place === length) this.#lasts[index] = key;
  }

  remove(key: number, slot: number): void {
    const index = this.#blockOf(key, slot);
    const block = this.#blocks[index];
    const place = block === undefined ? 0 : placeOf(block, key, slot);
    if (block === undefined || block.keys[place] !== key || block.slots[place] !== slot)
      throw new Error(`no level ${key} of slot ${slot} in the book`);
    const { keys, slots } = block;
    const length = block.length - 1;
    for (let at = place; at < length; at += 1) {
      keys[at] = keys[at + 1] as number;
      slots[at] = slots[at + 1] as number;
    }
    block.length = length;
    this.#size -= 1;
    if (length === 0) {
      this.#blocks.splice(index, 1);
      this.#lasts.copyWithin(index, index + 1);
    } else if (place === length) this.#noteLast(index);
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
    return index === 0 ? Number.NEGATIVE_INFINITY : (this.#lasts[index - 1] as number);
  }

  /** The lowest level above a value; infinity where there is none. */
  firstAbove(value: number): number {
    const block = this.#blocks[this.#blockOf(value, Number.POSITIVE_INFINITY)];
    if (block === undefined) return Number.POSITIVE_INFINITY;
    return block.keys[placeOf(block, value, Number.POSITIVE_INFINITY)] as number;
  }

  /** The first block whose last level is not before this one. */
  #blockOf(key: number, slot: number): number {
    const lasts = this.#lasts;
    let from = 0;
    let to = this.#blocks.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const last = lasts[middle] as number;
      if (last < key || (last === key && this.#lastSlot(middle) < slot)) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #lastSlot(index: number): number {
    const { slots, length } = this.#blocks[index] as Block;
    return slots[length - 1] as number;
  }

  #noteLast(index: number): void {
    const { keys, length } = this.#blocks[index] as Block;
    this.#lasts[index] = keys[length - 1] as number;
  }

  #insert(index: number, block: Block): void {
    const count = this.#blocks.length;
    this.#blocks.splice(index, 0, block);
    if (count === this.#lasts.length) {
      const longer = new Float64Array(2 * count + 1);
      longer.set(this.#lasts);
      this.#lasts = longer;
    }
    this.#lasts.copyWithin(index + 1, index, count);
    this.#noteLast(index);
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
