/**
 * The engine's state as a checkpoint keeps it: plain JSON in chunks by key, small enough that a change writes little.
 *
 *   ''                                          the engine's time
 *   SYMBOL                                      its tapes and the order of its sources
 *   SYMBOL/alerts/N                             the alerts of slots 64 N to 64 N + 63
 *   SYMBOL/removed                              alerts removed of late
 *   SYMBOL,…+SYMBOL,…+…                         alerts that look at several instruments, in place of SYMBOL alone
 *   SYMBOL/history/CALENDAR/TIER/N/SIGNAL       a segment of a signal's past
 */
import type { AlertId } from '../alert/alert.ts';
import type { Condition } from '../condition/tree.ts';
import type { CalendarId, InstrumentSymbol } from '../market/instrument.ts';
import { type AlertTable, type Anchor, FREE } from './alert-table.ts';
import type { Close } from './closes.ts';
import type { Hold } from './holds.ts';
import type { Policy } from './policy.ts';
import type { Mark } from './sequences.ts';
import { conditionWith, type Shape } from './shape.ts';
import type { TapeState } from './tape.ts';
import type { TickOrderState } from './tick-order.ts';

/** A firing rewrites 64 alerts, a few kilobytes. */
export const BUCKET_SLOTS = 64;

export const COMMON = '';

export interface CommonChunk {
  readonly clock: number | null;
}

export interface InstrumentChunk {
  readonly lastAt: number | null;
  readonly order: TickOrderState;
  readonly tapes: Readonly<Record<CalendarId, TapeState>>;
}

export type RemovedChunk = readonly (readonly [AlertId, number])[];

/**
 * Shapes (their conditions with every number 0) and policies once, and the alerts that point at them, a column a field:
 * a million alerts must be written and read in seconds.
 */
export interface AlertsChunk {
  readonly shapes: readonly Condition[];
  readonly policies: readonly Policy[];
  readonly slot: readonly number[];
  readonly id: readonly AlertId[];
  readonly version: Column;
  readonly epoch: Column;
  readonly status: Column;
  readonly armedAt: Column;
  readonly shape: Column;
  readonly policy: Column;
  /** Of a condition with several numbers, all of them. */
  readonly numbers: readonly (number | readonly number[])[];
  /** By place: what few alerts have. */
  readonly rare: Readonly<Record<string, RareFields>>;
}

/** One value where all have the same. */
type Column = number | readonly number[];

/** As checkpoints of before have them: an object an alert. */
export interface AlertRowsChunk {
  readonly shapes: readonly Condition[];
  readonly policies: readonly Policy[];
  readonly alerts: readonly AlertRow[];
}

export interface AlertRow extends RareFields {
  readonly slot: number;
  readonly id: AlertId;
  readonly version: number;
  readonly epoch: number;
  readonly status: number;
  readonly armedAt: number;
  readonly shape: number;
  readonly policy: number;
  readonly numbers: readonly number[];
}

export interface RareFields {
  readonly wasFalse?: true;
  readonly pending?: true;
  readonly expiresAt?: number;
  readonly cooldownUntil?: number;
  readonly remindAt?: number;
  readonly anchor?: Anchor;
  readonly hold?: Hold;
  readonly close?: Close;
  readonly marks?: readonly Mark[];
  /** The numbers of its trails, by leaf. */
  readonly trails?: readonly (number | null)[];
}

export type ChunkName =
  | { readonly kind: 'common' }
  | { readonly kind: 'instrument' | 'removed'; readonly symbol: InstrumentSymbol }
  | { readonly kind: 'alerts'; readonly symbol: InstrumentSymbol; readonly bucket: number }
  | {
      readonly kind: 'history';
      readonly symbol: InstrumentSymbol;
      /** `CALENDAR/SIGNAL`. */
      readonly of: string;
      readonly tier: number;
      readonly segment: number;
    };

export function alertsKey(name: string, bucket: number): string {
  return `${name}/alerts/${bucket}`;
}

export function removedKey(symbol: InstrumentSymbol): string {
  return `${symbol}/removed`;
}

/** Calendars have slashes in their names (`24/7`), signals may come to: they stand last. */
export function historyKey(name: string, of: string, tier: number, segment: number): string {
  return `${name}/history/${tier}/${segment}/${of}`;
}

export function chunkName(key: string): ChunkName {
  if (key === COMMON) return { kind: 'common' };
  const [symbol, kind, first, second, ...rest] = key.split('/') as [InstrumentSymbol, ...string[]];
  if (kind === undefined) return { kind: 'instrument', symbol };
  if (kind === 'removed') return { kind, symbol };
  if (kind === 'alerts') return { kind, symbol, bucket: Number(first) };
  if (kind === 'history') return { kind, symbol, of: rest.join('/'), tier: Number(first), segment: Number(second) };
  throw new Error(`a checkpoint has a chunk of an unknown kind: ${key}`);
}

/** The alerts of one bucket; undefined where there are none. */
export function alertsChunk(
  table: AlertTable,
  bucket: number,
  isPending: (slot: number) => boolean,
): AlertsChunk | undefined {
  const shapes = new Map<Shape, number>();
  const policies = new Map<Policy, number>();
  const slots: number[] = [];
  const end = Math.min(table.end, (bucket + 1) * BUCKET_SLOTS);
  for (let slot = bucket * BUCKET_SLOTS; slot < end; slot += 1) if (table.status(slot) !== FREE) slots.push(slot);
  if (slots.length === 0) return undefined;
  const column = (read: (slot: number) => number): Column => {
    const values = slots.map(read);
    const [first] = values;
    return first !== undefined && values.every((value) => value === first) ? first : values;
  };
  const rare: Record<string, RareFields> = {};
  for (const [place, slot] of slots.entries()) {
    const fields = rareFieldsOf(table, slot, isPending);
    for (const _ in fields) {
      rare[place] = fields;
      break;
    }
  }
  return {
    slot: slots,
    id: slots.map((slot) => table.id(slot)),
    version: column((slot) => table.version(slot)),
    epoch: column((slot) => table.epoch(slot)),
    status: column((slot) => table.status(slot)),
    armedAt: column((slot) => table.armedAt(slot)),
    shape: column((slot) => placeIn(shapes, table.shape(slot))),
    policy: column((slot) => placeIn(policies, table.policy(slot))),
    numbers: slots.map((slot) => table.more.get(slot) ?? table.number(slot)),
    rare,
    shapes: [...shapes.keys()].map((shape) => conditionWith(shape, () => 0)),
    policies: [...policies.keys()],
  };
}

function rareFieldsOf(table: AlertTable, slot: number, isPending: (slot: number) => boolean): RareFields {
  const expiresAt = table.expiresAt(slot);
  const cooldownUntil = table.cooldownUntil(slot);
  const remindAt = table.remindAt.get(slot);
  const trails = table.trails.get(slot);
  const anchor = table.anchors.get(slot);
  const hold = table.holds.get(slot);
  const close = table.closes.get(slot);
  const marks = table.marks.get(slot);
  return {
    ...(table.wasFalse(slot) ? { wasFalse: true as const } : {}),
    ...(isPending(slot) ? { pending: true as const } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(cooldownUntil === undefined ? {} : { cooldownUntil }),
    ...(remindAt === undefined ? {} : { remindAt }),
    ...(trails === undefined ? {} : { trails: trails.map((trail) => trail?.id ?? null) }),
    ...(anchor === undefined ? {} : { anchor: structuredClone(anchor) }),
    ...(hold === undefined ? {} : { hold }),
    ...(close === undefined ? {} : { close }),
    ...(marks === undefined ? {} : { marks }),
  };
}

/** The alerts of a chunk of this version or the one before. */
export function rowsOf(chunk: AlertsChunk | AlertRowsChunk): readonly AlertRow[] {
  if ('alerts' in chunk) return chunk.alerts;
  const at = (column: Column, place: number): number =>
    typeof column === 'number' ? column : (column[place] as number);
  return chunk.slot.map((slot, place) => {
    const numbers = chunk.numbers[place] as number | readonly number[];
    return {
      slot,
      id: chunk.id[place] as AlertId,
      version: at(chunk.version, place),
      epoch: at(chunk.epoch, place),
      status: at(chunk.status, place),
      armedAt: at(chunk.armedAt, place),
      shape: at(chunk.shape, place),
      policy: at(chunk.policy, place),
      numbers: typeof numbers === 'number' ? [numbers] : numbers,
      ...chunk.rare[place],
    };
  });
}

function placeIn<T>(places: Map<T, number>, value: T): number {
  const known = places.get(value);
  if (known !== undefined) return known;
  places.set(value, places.size);
  return places.size - 1;
}
