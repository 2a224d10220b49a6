/**
 * What a million alerts have in common, by a small number: their conditions without the numbers, and their policies. A
 * kind that no alert has any more is forgotten.
 */
import type { Policy } from './policy.ts';
import type { Shape } from './shape.ts';

export interface Kind {
  readonly shape: Shape;
  readonly policy: Policy;
}

export class Kinds {
  readonly #kinds: (Kind | undefined)[] = [];
  /** How many alerts have which. */
  readonly #users: number[] = [];
  readonly #places = new Map<Shape, Map<Policy, number>>();
  readonly #free: number[] = [];
  /** The one taken last: the next one mostly has the same policy. */
  last: Kind | undefined;

  /** How many there are. */
  get size(): number {
    return this.#kinds.length - this.#free.length;
  }

  /** One that some alert has. */
  at(place: number): Kind {
    return this.#kinds[place] as Kind;
  }

  /** Its number, for one more alert. Equal shapes and policies must be the same. */
  take(kind: Kind): number {
    const { shape, policy } = kind;
    this.last = kind;
    const place = this.#places.get(shape)?.get(policy) ?? this.#add(kind);
    this.#users[place] = (this.#users[place] as number) + 1;
    return place;
  }

  drop(place: number): void {
    const left = (this.#users[place] as number) - 1;
    this.#users[place] = left;
    if (left > 0) return;
    const { shape, policy } = this.at(place);
    const places = this.#places.get(shape);
    places?.delete(policy);
    if (places?.size === 0) this.#places.delete(shape);
    this.#kinds[place] = undefined;
    this.#free.push(place);
  }

  #add(kind: Kind): number {
    const { shape, policy } = kind;
    const place = this.#free.pop() ?? this.#kinds.length;
    this.#kinds[place] = kind;
    this.#users[place] = 0;
    const places = this.#places.get(shape);
    if (places === undefined) this.#places.set(shape, new Map([[policy, place]]));
    else places.set(policy, place);
    return place;
  }
}
