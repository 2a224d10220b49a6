/**
 * What trailing leaves follow: the highest or lowest value of a signal since their alerts were armed. Those with the same
 * extreme are one trail, however many alerts hang on it, and trails that a new extreme makes equal become one; so a tick
 * costs what there are different extremes.
 */
import { LiveSignal } from '../signal/live-signal.ts';
import { changeFrom, type Recipe } from '../signal/recipe.ts';
import type { ShapeLeaf } from './shape.ts';

/** By what is followed, in which direction and unit: each trail's number and extreme (null while nothing was seen). */
export type TrailsState = Readonly<Record<string, readonly (readonly [id: number, extreme: number | null])[]>>;

export interface Trail {
  readonly key: string;
  readonly id: number;
  readonly rises: boolean;
  readonly percent: boolean;
  extreme: number;
  /** The change since the extreme. */
  readonly signal: LiveSignal;
  readonly slots: Set<number>;
}

export class Trails {
  readonly #byKey = new Map<string, Trail[]>();
  /** Two may have come to the same extreme. */
  mayMerge = true;
  /** As a checkpoint had them. */
  readonly #kept: TrailsState;

  constructor(kept: TrailsState = {}) {
    this.#kept = kept;
  }

  get areNone(): boolean {
    return this.#byKey.size === 0;
  }

  /** The trail that begins at the present value. */
  join(leaf: ShapeLeaf, of: LiveSignal, slot: number): Trail {
    const key = keyOf(leaf);
    const known = this.#byKey.get(key) ?? [];
    this.#byKey.set(key, known);
    let id = 0;
    while (known.some((trail) => trail.id === id)) id += 1;
    const same = known.filter(({ extreme }) => Object.is(extreme, of.known)).sort((a, b) => a.id - b.id)[0];
    const trail = same ?? newTrail(leaf, key, id, of.known, of);
    if (same === undefined) known.push(trail);
    trail.slots.add(slot);
    return trail;
  }

  /** The trail that an alert of a checkpoint hangs on. */
  rejoin(leaf: ShapeLeaf, of: LiveSignal, slot: number, id: number): Trail {
    const key = keyOf(leaf);
    const known = this.#byKey.get(key) ?? [];
    this.#byKey.set(key, known);
    const kept = this.#kept[key]?.find((entry) => entry[0] === id);
    if (kept === undefined) throw new Error(`a checkpoint has no trail ${id} of ${key}`);
    const trail = known.find((one) => one.id === id) ?? newTrail(leaf, key, id, kept[1] ?? Number.NaN, of);
    if (!known.includes(trail)) known.push(trail);
    trail.slots.add(slot);
    return trail;
  }

  leave(trail: Trail, slot: number): void {
    trail.slots.delete(slot);
    if (trail.slots.size > 0) return;
    const rest = (this.#byKey.get(trail.key) ?? []).filter((other) => other !== trail);
    if (rest.length > 0) this.#byKey.set(trail.key, rest);
    else this.#byKey.delete(trail.key);
  }

  /** Before a tick: alerts of the smaller of two equal trails move over to the other. */
  merge(move: (slot: number, from: Trail, into: Trail) => void): void {
    this.mayMerge = false;
    for (const trails of [...this.#byKey.values()]) {
      const kept = new Map<number, Trail>();
      for (const trail of trails.toSorted((a, b) => b.slots.size - a.slots.size || a.id - b.id)) {
        const into = kept.get(trail.extreme);
        if (into === undefined) kept.set(trail.extreme, trail);
        else
          for (const slot of [...trail.slots]) {
            move(slot, trail, into);
            into.slots.add(slot);
            this.leave(trail, slot);
          }
      }
    }
  }

  /** After a tick has been taken in: adds the slots of the levels that were touched. */
  follow(touched: number[]): void {
    if (this.areNone) return;
    for (const trails of this.#byKey.values()) {
      let fresh = 0;
      for (const trail of trails) {
        const { signal, rises, percent } = trail;
        const { before, now: value, isBack } = signal.of as LiveSignal;
        signal.isBack = isBack;
        signal.before = changeFrom(trail.extreme, before, percent);
        if (!Number.isNaN(value) && !(rises ? trail.extreme <= value : trail.extreme >= value)) trail.extreme = value;
        if (trail.extreme === value) fresh += 1;
        signal.now = changeFrom(trail.extreme, value, percent);
        signal.touched(touched);
      }
      if (fresh > 1) this.mayMerge = true;
    }
  }

  /** Between ticks: what is followed may not be known any more. */
  rest(): void {
    for (const trails of this.#byKey.values())
      for (const { signal, extreme, percent } of trails)
        signal.now = changeFrom(extreme, (signal.of as LiveSignal).now, percent);
  }

  /** Undefined where there are none. */
  state(): TrailsState | undefined {
    if (this.#byKey.size === 0) return undefined;
    return Object.fromEntries(
      [...this.#byKey]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, trails]) => [
          key,
          trails
            .toSorted((a, b) => a.id - b.id)
            .map(({ id, extreme }) => [id, Number.isNaN(extreme) ? null : extreme] as const),
        ]),
    );
  }
}

function keyOf({ leaf, recipe }: ShapeLeaf): string {
  if (leaf.kind !== 'trail') throw new Error('only a trailing leaf has a trail');
  return `${leaf.direction} ${leaf.by.unit} ${recipe.key}`;
}

function newTrail({ leaf, recipe }: ShapeLeaf, key: string, id: number, extreme: number, of: LiveSignal): Trail {
  if (leaf.kind !== 'trail') throw new Error('only a trailing leaf has a trail');
  const percent = leaf.by.unit === 'percent';
  const signal = new LiveSignal(recipe satisfies Recipe, of);
  signal.now = changeFrom(extreme, of.now, percent);
  return { key, id, rises: leaf.direction === 'rise', percent, extreme, signal, slots: new Set() };
}
