/**
 * For each slot one of a few values that many slots share: four bytes a slot, the value itself once.
 */
/** Room is added by a quarter: half the waste of doubling, for a copy more now and then. */
const GROWTH = 1.25;

export class SharedColumn<T> {
  /** Place of the value + 1; 0 where there is none. */
  #places: Uint32Array;
  readonly #values: (T | undefined)[] = [];
  readonly #users: number[] = [];
  readonly #placeOf = new Map<T, number>();
  readonly #free: number[] = [];
  #last: T | undefined;
  #lastPlace = 0;

  /** `capacity`: room for so many slots at first. */
  constructor(capacity: number) {
    this.#places = new Uint32Array(capacity);
  }

  /** The value set last: the next one is mostly the same. */
  get last(): T | undefined {
    return this.#last;
  }

  /** The value of a slot that has one. */
  get(slot: number): T {
    return this.#values[(this.#places[slot] as number) - 1] as T;
  }

  /** Equal values must be the same value. */
  set(slot: number, value: T): void {
    this.delete(slot);
    const place = this.#values[this.#lastPlace] === value ? this.#lastPlace : this.#placeFor(value);
    this.#last = value;
    this.#lastPlace = place;
    this.#users[place] = (this.#users[place] as number) + 1;
    if (slot >= this.#places.length) {
      const grown = new Uint32Array(Math.max(slot + 1, Math.ceil(this.#places.length * GROWTH)));
      grown.set(this.#places);
      this.#places = grown;
    }
    this.#places[slot] = place + 1;
  }

  delete(slot: number): void {
    const place = (this.#places[slot] ?? 0) - 1;
    if (place < 0) return;
    this.#places[slot] = 0;
    const left = (this.#users[place] as number) - 1;
    this.#users[place] = left;
    if (left > 0) return;
    this.#placeOf.delete(this.#values[place] as T);
    this.#values[place] = undefined;
    this.#free.push(place);
  }

  #placeFor(value: T): number {
    const known = this.#placeOf.get(value);
    if (known !== undefined) return known;
    const place = this.#free.pop() ?? this.#values.length;
    this.#values[place] = value;
    this.#users[place] = 0;
    this.#placeOf.set(value, place);
    return place;
  }
}
