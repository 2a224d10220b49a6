/**
 * A sum of doubles kept in two doubles, about 106 bits: adding and taking away again for years leaves no drift. After
 * T. J. Dekker, "A floating-point technique for extending the available precision" (1971) and D. E. Knuth's two-sum.
 */
import type { Loading, Saving } from './saving.ts';

/** 2^27 + 1 splits a double into two halves whose products are exact. */
const SPLITTER = 134_217_729;

export class ExactSum {
  #high = 0;
  #low = 0;

  get value(): number {
    return this.#high + this.#low;
  }

  clear(): void {
    this.#high = 0;
    this.#low = 0;
  }

  copy(other: ExactSum): this {
    this.#high = other.#high;
    this.#low = other.#low;
    return this;
  }

  add(value: number): void {
    this.#addBoth(value, 0);
  }

  /** Adds `factor` times the other sum; `factor` is a small whole number. */
  addTimes(factor: number, other: ExactSum): void {
    this.#addProduct(factor, other.#high, factor * other.#low);
  }

  /** Adds `sign` times a * b. */
  addProduct(sign: 1 | -1, a: number, b: number): void {
    this.#addProduct(sign * a, b, 0);
  }

  /** Adds `sign` times the other sum squared. */
  addSquare(sign: 1 | -1, other: ExactSum): void {
    this.#addProduct(sign * other.#high, other.#high, sign * 2 * other.#high * other.#low);
  }

  save(to: Saving): void {
    to.add(this.#high, this.#low);
  }

  load(from: Loading): void {
    this.#high = from.take();
    this.#low = from.take();
  }

  #addProduct(a: number, b: number, rest: number): void {
    const product = a * b;
    const wideA = SPLITTER * a;
    const highA = wideA - (wideA - a);
    const lowA = a - highA;
    const wideB = SPLITTER * b;
    const highB = wideB - (wideB - b);
    const lowB = b - highB;
    const error = lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
    this.#addBoth(product, error + rest);
  }

  #addBoth(high: number, low: number): void {
    const sum = this.#high + high;
    const part = sum - this.#high;
    const error = this.#high - (sum - part) + (high - part) + this.#low + low;
    const total = sum + error;
    const rest = total - sum;
    this.#high = total;
    this.#low = sum - (total - rest) + (error - rest);
  }
}
