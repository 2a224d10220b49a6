/**
 * Work that costs little more for many than for one: whatever comes while a portion is under way goes with the next, all of
 * it at once. One portion at a time, in order; what comes alone is begun at once.
 */
export class Portions<T, R> {
  readonly #work: (items: readonly T[]) => Promise<R>;
  #last: Promise<unknown> = Promise.resolve();
  #next: { readonly items: T[]; readonly done: Promise<R> } | null = null;

  constructor(work: (items: readonly T[]) => Promise<R>) {
    this.#work = work;
  }

  /** The answer to its portion. */
  add(item: T): Promise<R> {
    this.#next ??= this.#open();
    this.#next.items.push(item);
    return this.#next.done;
  }

  #open(): { readonly items: T[]; readonly done: Promise<R> } {
    const items: T[] = [];
    const done = this.#last.then(() => {
      this.#next = null;
      return this.#work(items);
    });
    this.#last = done.catch(() => {});
    return { items, done };
  }
}
