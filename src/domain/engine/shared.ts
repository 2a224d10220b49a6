/**
 * Equal values kept once. Sharing saves memory and is never a truth: when the pool is full it starts anew, and what was
 * handed out stays valid.
 */

/** Far more shapes and policies than people use; a flood of odd ones cannot grow it further. */
const MAX_SHARED = 4096;

export class Shared<T> {
  readonly #byKey = new Map<string, T>();

  get(key: string, make: () => T): T {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    if (this.#byKey.size >= MAX_SHARED) this.#byKey.clear();
    const made = make();
    this.#byKey.set(key, made);
    return made;
  }
}
