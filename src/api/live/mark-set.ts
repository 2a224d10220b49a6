/**
 * Which of many numbered things are marked: a bit each, so that a slow reader of a thousand symbols costs 128 bytes.
 */
const BITS = 32;

export class MarkSet {
  private words = new Uint32Array(0);
  private count = 0;

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** False where it was marked already. */
  add(number: number): boolean {
    const index = Math.floor(number / BITS);
    if (index >= this.words.length) {
      const longer = new Uint32Array(index + 1 + (index >> 1));
      longer.set(this.words);
      this.words = longer;
    }
    const word = this.words[index] as number;
    const bit = 1 << (number % BITS);
    if ((word & bit) !== 0) return false;
    this.words[index] = word | bit;
    this.count += 1;
    return true;
  }

  /** The lowest mark, which is one no more; -1 where there is none. */
  take(): number {
    if (this.count === 0) return -1;
    for (let index = 0; index < this.words.length; index += 1) {
      const word = this.words[index] as number;
      if (word === 0) continue;
      const lowest = word & -word;
      this.words[index] = word & ~lowest;
      this.count -= 1;
      return index * BITS + (BITS - 1 - Math.clz32(lowest));
    }
    return -1;
  }
}
