/**
 * The alerts of one instrument, each in a slot of typed arrays: a million alerts must fit in memory. It keeps what is
 * so and decides nothing. The lowest free slot is taken first, so that a restored table goes on exactly alike.
 */
import type { AlertId } from '../alert/alert.ts';
import type { Condition } from '../condition/tree.ts';
import type { Close } from './closes.ts';
import type { Hold } from './holds.ts';
import { IdIndex } from './id-index.ts';
import type { Policy } from './policy.ts';
import type { Mark } from './sequences.ts';
import { conditionWith, leafWith, type Shape, type ShapeLeaf } from './shape.ts';
import { SharedColumn } from './shared-column.ts';
import { TimeColumn } from './time-column.ts';
import type { Trail } from './trails.ts';

export const FREE = 0;
export const ARMED = 1;
export const COOLING = 2;
export const PAUSED = 3;
export const DONE = 4;
export const EXPIRED = 5;

/** Watched for nothing, for its condition to come true, to turn false, to be so no more before it is confirmed. */
export const NOT_WATCHED = 0;
export const FOR_TRUE = 1;
export const FOR_FALSE = 2;
export const FOR_BREAK = 3;

/** A reminder whose time has come while nothing was known: the next tick decides. */
export const OVERDUE = -1;

/** Where the moves of an alert that has fired start from, until their windows have filled. */
export interface Anchor {
  readonly at: number;
  /** By leaf: the firing value, and whether the window still starts there. */
  readonly leaves: readonly { readonly value: number; isLive: boolean }[];
}

/**
 * Rooms for so many alerts at first. From these no two rooms ever come to the same size, so that they do not grow with
 * the same alert: of a million alerts each takes milliseconds. Ids, which start with 9, come between second and third.
 */
const [FIRST_ROOM, SECOND_ROOM, THIRD_ROOM, FOURTH_ROOM, FIFTH_ROOM] = [22, 23, 25, 26, 27];
/** Room is added by a quarter: half the waste of doubling, for a copy more now and then. */
const GROWTH = 1.25;

export class AlertTable {
  readonly ids = new IdIndex();
  readonly shapes = new SharedColumn<Shape>(FIFTH_ROOM);
  readonly policies = new SharedColumn<Policy>(SECOND_ROOM);
  version = new Uint32Array(FIRST_ROOM);
  epoch = new Uint32Array(SECOND_ROOM);
  status = new Uint8Array(FIRST_ROOM);
  watched = new Uint8Array(FIRST_ROOM);
  /** 1 where a cooling alert's condition has been false since it fired. */
  wasFalse = new Uint8Array(FIRST_ROOM);
  armedAt = new Float64Array(THIRD_ROOM);
  /** The first number of the condition; `more` has all of those that have several. */
  number = new Float64Array(FOURTH_ROOM);
  readonly more = new Map<number, readonly number[]>();
  readonly expiresAt = new TimeColumn();
  /** Of cooling alerts whose time is not over. */
  readonly cooldownUntil = new TimeColumn();
  /** Of cooling alerts with reminders whose condition has held since they fired: when the next is due, or OVERDUE. */
  readonly remindAt = new Map<number, number>();
  /** Of alerts with trailing leaves that are armed or cooling: their trails, by leaf. */
  readonly trails = new Map<number, readonly (Trail | undefined)[]>();
  /** The same as a checkpoint names them, until they are found. */
  readonly trailIds = new Map<number, readonly (number | null)[]>();
  readonly anchors = new Map<number, Anchor>();
  /** Of armed alerts whose condition holds and waits to be confirmed. */
  readonly holds = new Map<number, Hold>();
  /** Of armed alerts with one thing after another: by `then`, when its first part was true. */
  readonly marks = new Map<number, readonly Mark[]>();
  /** Of alerts that are judged at closes, from their first arming on. */
  readonly closes = new Map<number, Close>();
  /** One after the highest slot ever used. */
  #end = 0;
  readonly #free: number[] = [];

  get end(): number {
    return this.#end;
  }

  take(id: AlertId): number {
    const slot = this.#free.length > 0 ? this.#lowestFree() : this.#end++;
    this.#place(slot, id);
    return slot;
  }

  /** Into this very slot, in rising order of slots: for a restore. */
  takeAt(slot: number, id: AlertId): void {
    while (this.#end < slot) this.#addFree(this.#end++);
    this.#end = slot + 1;
    this.#place(slot, id);
  }

  give(slot: number): void {
    this.ids.delete(slot);
    this.shapes.delete(slot);
    this.policies.delete(slot);
    this.more.delete(slot);
    this.expiresAt.delete(slot);
    this.cooldownUntil.delete(slot);
    this.remindAt.delete(slot);
    this.anchors.delete(slot);
    this.holds.delete(slot);
    this.closes.delete(slot);
    this.marks.delete(slot);
    this.trails.delete(slot);
    this.status[slot] = FREE;
    this.epoch[slot] = 0;
    this.wasFalse[slot] = 0;
    this.#addFree(slot);
  }

  id(slot: number): AlertId {
    return this.ids.idOf(slot);
  }

  shape(slot: number): Shape {
    return this.shapes.get(slot);
  }

  policy(slot: number): Policy {
    return this.policies.get(slot);
  }

  setNumbers(slot: number, numbers: readonly number[]): void {
    this.number[slot] = numbers[0] as number;
    if (numbers.length > 1) this.more.set(slot, numbers);
    else this.more.delete(slot);
  }

  numbers(slot: number): readonly number[] {
    return this.more.get(slot) ?? [this.number[slot] as number];
  }

  numberAt(slot: number, index: number): number {
    return (index === 0 ? this.number[slot] : this.more.get(slot)?.[index]) as number;
  }

  condition(slot: number): Condition {
    return conditionWith(this.shape(slot), (index) => this.numberAt(slot, index));
  }

  leaf(slot: number, leaf: ShapeLeaf): ReturnType<typeof leafWith> {
    return leafWith(leaf, (index) => this.numberAt(slot, index));
  }

  #place(slot: number, id: AlertId): void {
    if (slot >= this.version.length) {
      this.version = grown(slot, this.version, (capacity) => new Uint32Array(capacity));
      this.status = grown(slot, this.status, (capacity) => new Uint8Array(capacity));
      this.watched = grown(slot, this.watched, (capacity) => new Uint8Array(capacity));
      this.wasFalse = grown(slot, this.wasFalse, (capacity) => new Uint8Array(capacity));
    }
    if (slot >= this.epoch.length) this.epoch = grown(slot, this.epoch, (capacity) => new Uint32Array(capacity));
    if (slot >= this.armedAt.length) this.armedAt = grown(slot, this.armedAt, (capacity) => new Float64Array(capacity));
    if (slot >= this.number.length) this.number = grown(slot, this.number, (capacity) => new Float64Array(capacity));
    this.ids.add(id, slot);
  }

  #addFree(slot: number): void {
    const heap = this.#free;
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if ((heap[parent] as number) <= slot) break;
      heap[place] = heap[parent] as number;
      place = parent;
    }
    heap[place] = slot;
  }

  #lowestFree(): number {
    const heap = this.#free;
    const lowest = heap[0] as number;
    const last = heap.pop() as number;
    let place = 0;
    while (heap.length > 0) {
      let child = 2 * place + 1;
      if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child += 1;
      if (child >= heap.length || (heap[child] as number) >= last) {
        heap[place] = last;
        break;
      }
      heap[place] = heap[child] as number;
      place = child;
    }
    return lowest;
  }
}

/** A longer copy of a column, with room for a slot. */
function grown<A extends { readonly length: number; set(from: A): void }>(
  slot: number,
  column: A,
  make: (capacity: number) => A,
): A {
  const longer = make(Math.max(slot + 1, Math.ceil(column.length * GROWTH)));
  longer.set(column);
  return longer;
}
