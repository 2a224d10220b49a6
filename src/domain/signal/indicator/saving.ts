/**
 * The state of an indicator as a list of numbers: each part writes its own and reads them back in the same order. Plain
 * JSON, in which NaN is null; a number comes back bit for bit.
 */
export type Saved = readonly (number | null)[];

export class Saving {
  readonly saved: (number | null)[] = [];

  add(...numbers: readonly number[]): void {
    for (const number of numbers) this.saved.push(Number.isNaN(number) ? null : number);
  }

  /** A list of any length. */
  addAll(numbers: ArrayLike<number>): void {
    this.add(numbers.length);
    for (let index = 0; index < numbers.length; index += 1) this.add(numbers[index] as number);
  }
}

export class Loading {
  readonly #saved: Saved;
  #next = 0;

  constructor(saved: Saved) {
    this.#saved = saved;
  }

  take(): number {
    const number = this.#saved[this.#next];
    if (number === undefined) throw new Error('the saved state of an indicator is too short');
    this.#next += 1;
    return number ?? Number.NaN;
  }

  takeAll(): number[] {
    return Array.from({ length: this.take() }, () => this.take());
  }
}
