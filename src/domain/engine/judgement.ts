/**
 * What an alert's condition is on the last values of its tape: on the step of the last tick (`live`) or from the close
 * before to this one (`close`), or between them (`resting`), when no event is happening.
 */
import type { Gap } from '../alert/trigger.ts';
import type { LiveSignal } from '../signal/live-signal.ts';
import { changeFrom } from '../signal/recipe.ts';
import type { AlertTable } from './alert-table.ts';
import { closesOf, gapAtClose } from './closes.ts';
import type { Policy } from './policy.ts';
import type { ShapeLeaf, ThenNode } from './shape.ts';
import type { Tape } from './tape.ts';
import { FALSE, TRUE, type Truth, truthOf, truthOfLeaf } from './truth.ts';

export type Moment = 'live' | 'resting' | 'close';

/** `follows`: what happens at this moment as one thing after another. */
export function truthOfAlert(
  table: AlertTable,
  tape: Tape,
  slot: number,
  moment: Moment,
  follows?: ReadonlySet<ThenNode>,
): Truth {
  const withEvents = eventsCount(table, tape, slot, moment);
  return truthOf(
    table.shape(slot).root,
    (leaf) => (leaf.isEvent && !withEvents ? FALSE : truthOfItsLeaf(table, tape, slot, leaf)),
    follows && ((then) => (follows.has(then) ? TRUE : FALSE)),
  );
}

/** Whether what happens at this moment counts. */
export function eventsCount(table: AlertTable, tape: Tape, slot: number, moment: Moment): boolean {
  return moment !== 'resting' && !(table.policy(slot).gap === 'skip' && gapBefore(table, tape, slot, moment) !== null);
}

export function truthOfItsLeaf(table: AlertTable, tape: Tape, slot: number, leaf: ShapeLeaf): Truth {
  return truthOfLeaf(
    leaf.leaf,
    valueBefore(table, tape, slot, leaf),
    valueNow(table, tape, slot, leaf),
    table.numberAt(slot, leaf.number),
    table.secondAt(slot, leaf),
  );
}

export function valueNow(table: AlertTable, tape: Tape, slot: number, leaf: ShapeLeaf): number {
  const anchored = anchoredValue(table, slot, leaf);
  if (anchored === undefined || leaf.base === null) return signalOf(table, tape, slot, leaf)?.now ?? Number.NaN;
  return changeFrom(anchored, tape.signal(leaf.base).now, isPercent(leaf));
}

export function valueBefore(table: AlertTable, tape: Tape, slot: number, leaf: ShapeLeaf): number {
  const close = closesOf(table.shape(slot)) === null ? undefined : table.closes.get(slot);
  if (close !== undefined) return close.values[leaf.index] ?? Number.NaN;
  const anchored = anchoredValue(table, slot, leaf);
  if (anchored === undefined || leaf.base === null) return signalOf(table, tape, slot, leaf)?.before ?? Number.NaN;
  return changeFrom(anchored, tape.signal(leaf.base).before, isPercent(leaf));
}

/** What the leaf looks at; undefined for a trailing leaf of an alert that was not armed. */
export function signalOf(table: AlertTable, tape: Tape, slot: number, leaf: ShapeLeaf): LiveSignal | undefined {
  return leaf.leaf.kind === 'trail' ? table.trails.get(slot)?.[leaf.index]?.signal : tape.signal(leaf.recipe);
}

/** The firing value that the window of a move still starts at. */
export function anchoredValue(table: AlertTable, slot: number, leaf: ShapeLeaf): number | undefined {
  if (leaf.base === null) return undefined;
  const anchor = table.anchors.get(slot)?.leaves[leaf.index];
  return anchor?.isLive ? anchor.value : undefined;
}

/** Between the last two ticks nothing was seen for longer than the alert allows, or its market was closed. */
export function isAfterGap(tape: Tape, { staleAfterMs }: Policy): boolean {
  return tape.gapBefore(staleAfterMs) !== null;
}

/** The gap over which what happens at this moment has happened. */
export function gapBefore(table: AlertTable, tape: Tape, slot: number, moment: Moment): Gap | null {
  const policy = table.policy(slot);
  if (moment === 'live') return tape.gapBefore(policy.staleAfterMs);
  if (moment === 'resting') return null;
  const close = table.closes.get(slot);
  const barMs = closesOf(table.shape(slot));
  return close !== undefined && barMs !== null ? gapAtClose(close, barMs, tape, policy) : null;
}

/** Whether the last value counts at `at`. That nothing is seen is known at any time. */
export function isKnown(table: AlertTable, tape: Tape, slot: number, at: number): boolean {
  return table.shape(slot).hasSilence || tape.isKnown(table.policy(slot), at);
}

/** A source has lost sight since the last tick, and that matters. */
export function isBlind(table: AlertTable, tape: Tape, slot: number, at: number): boolean {
  return tape.isBlind(at) && !table.shape(slot).hasSilence;
}

function isPercent(leaf: ShapeLeaf): boolean {
  return leaf.leaf.kind === 'move' && leaf.leaf.by.unit === 'percent';
}
