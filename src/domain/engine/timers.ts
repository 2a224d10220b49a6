/**
 * What is due when, in one fixed order: by time, then kind, then slot. An entry that no longer applies is left to its
 * owner, who asks before acting.
 */
/** Kinds, in the order in which they come when due at the same time: an alert that expires does not fire or arm again. */
export const EXPIRY = 0;
export const SILENCE = 1;
export const FULL = 2;
export const COOLDOWN = 3;
export const REMINDER = 4;
export const CLOSE = 5;

export interface Timer {
  readonly due: number;
  readonly kind: number;
  readonly slot: number;
}

export class Timers {
  #heap: Timer[] = [];
  /** When the next one is due: asked at each tick. */
  nextDue = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#heap.length;
  }

  add(timer: Timer): void {
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent] as Timer;
      if (!isBefore(timer, above)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = timer;
    this.#noteNext();
  }

  /** The next one that is due at `at` or before. */
  take(at: number): Timer | undefined {
    if (this.nextDue > at) return undefined;
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop() as Timer;
    if (heap.length > 0) {
      let place = 0;
      for (;;) {
        let child = 2 * place + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && isBefore(heap[child + 1] as Timer, heap[child] as Timer)) child += 1;
        if (!isBefore(heap[child] as Timer, last)) break;
        heap[place] = heap[child] as Timer;
        place = child;
      }
      heap[place] = last;
    }
    this.#noteNext();
    return first;
  }

  /** Drops what no longer applies. */
  keep(applies: (timer: Timer) => boolean): void {
    this.#heap = this.#heap.filter(applies).sort((a, b) => (isBefore(a, b) ? -1 : 1));
    this.#noteNext();
  }

  #noteNext(): void {
    this.nextDue = this.#heap[0]?.due ?? Number.POSITIVE_INFINITY;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  if (a.due !== b.due) return a.due < b.due;
  return a.kind !== b.kind ? a.kind < b.kind : a.slot < b.slot;
}
