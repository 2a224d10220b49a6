/**
 * The alerts of one instrument, each in a slot: a row of what all have, and what few have beside it. It keeps what is so
 * and decides nothing. The lowest free slot is taken first, so that a restored table goes on exactly alike.
 */
import type { AlertId } from '../alert/alert.ts';
import { printNumber } from '../condition/number-text.ts';
import { printLeaf } from '../condition/printer.ts';
import type { Condition } from '../condition/tree.ts';
import { AlertRows } from './alert-rows.ts';
import type { Close } from './closes.ts';
import type { Hold } from './holds.ts';
import { IdIndex } from './id-index.ts';
import type { Policy } from './policy.ts';
import type { Mark } from './sequences.ts';
import { conditionWith, leafWith, type Shape, type ShapeLeaf } from './shape.ts';
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

export class AlertTable extends AlertRows {
  readonly ids = new IdIndex(this);
  /** All numbers of the conditions that have several. */
  readonly more = new Map<number, readonly number[]>();
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
    for (; this.#end < slot; this.#end += 1) {
      this.clearRow(this.#end);
      this.#addFree(this.#end);
    }
    this.#end = slot + 1;
    this.#place(slot, id);
  }

  /** Of an alert that is not alive any more. */
  give(slot: number): void {
    if (this.shape(slot).keepsMore) this.more.delete(slot);
    this.ids.delete(slot);
    this.setKind(slot, undefined);
    this.setStatus(slot, FREE);
    this.#addFree(slot);
  }

  beginEpoch(slot: number, at: number): void {
    this.setEpoch(slot, this.epoch(slot) + 1);
    this.setArmedAt(slot, at);
    this.setWasFalse(slot, false);
    this.endCooldown(slot);
  }

  /** Neither its cooldown nor its reminders go on. */
  endCooldown(slot: number): void {
    this.setCooldownUntil(slot, undefined);
    if (this.policy(slot).remindEveryMs !== null) this.remindAt.delete(slot);
  }

  id(slot: number): AlertId {
    return this.ids.idOf(slot);
  }

  shape(slot: number): Shape {
    return this.kind(slot).shape;
  }

  policy(slot: number): Policy {
    return this.kind(slot).policy;
  }

  setNumbers(slot: number, numbers: readonly number[]): void {
    this.setNumber(slot, numbers[0] as number);
    if (numbers.length > 1) this.more.set(slot, numbers);
    else if (this.more.size > 0) this.more.delete(slot);
  }

  numbers(slot: number): readonly number[] {
    return this.more.get(slot) ?? [this.number(slot)];
  }

  numberAt(slot: number, index: number): number {
    return index === 0 ? this.number(slot) : (this.more.get(slot)?.[index] as number);
  }

  /** The upper end of a range; NaN for anything else. */
  secondAt(slot: number, { hasTwo, number }: ShapeLeaf): number {
    return hasTwo ? this.numberAt(slot, number + 1) : Number.NaN;
  }

  /** The text of a leaf. */
  text(slot: number, leaf: ShapeLeaf): string {
    const { around, number } = leaf;
    if (around === null) return printLeaf(this.leaf(slot, leaf));
    return `${around[0]}${printNumber(this.numberAt(slot, number))}${around[1]}`;
  }

  condition(slot: number): Condition {
    return conditionWith(this.shape(slot), (index) => this.numberAt(slot, index));
  }

  leaf(slot: number, leaf: ShapeLeaf): ReturnType<typeof leafWith> {
    return leafWith(leaf, (index) => this.numberAt(slot, index));
  }

  #place(slot: number, id: AlertId): void {
    this.clearRow(slot);
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
