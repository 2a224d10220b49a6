/**
 * Equal values kept once. Sharing saves memory and is never a truth: when the pool is full it starts anew, and what was
 * handed out stays valid.
 */

/** Far more shapes and policies than people use; a flood of odd ones cannot grow it further. */
const MAX_SHARED = 4096;

export class Shared<T> {
  readonly #byKey = new Map<string, T>();

  get(key: string): T | undefined {
    return this.#byKey.get(key);
  }

  /** Of a key that has none. */
  add(key: string, value: T): T {
    if (this.#byKey.size >= MAX_SHARED) this.#byKey.clear();
    this.#byKey.set(key, value);
    return value;
  }
}
