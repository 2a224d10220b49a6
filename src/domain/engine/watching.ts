/**
 * Puts an alert's levels into the books of its signals, and takes them out: in the directions that can make its
 * condition true, or false, and no other, so that a tick meets only alerts it may concern.
 */
import type { LiveSignal } from '../signal/live-signal.ts';
import { type AlertTable, FOR_BREAK, FOR_FALSE, FOR_TRUE, NOT_WATCHED } from './alert-table.ts';
import { closesOf } from './closes.ts';
import { anchoredEdgesOf, edgesOf, type FoundEdge } from './edges.ts';
import { stateOf } from './holds.ts';
import { anchoredValue, signalOf } from './judgement.ts';
import { backEdgesOf } from './rearming.ts';
import type { ShapeLeaf } from './shape.ts';
import type { Tape } from './tape.ts';

export function watch(table: AlertTable, tape: Tape, slot: number, wanted: number): void {
  table.setWatched(slot, wanted);
  eachEdge(table, tape, slot, true);
}

export function unwatch(table: AlertTable, tape: Tape, slot: number): void {
  if (table.watched(slot) === NOT_WATCHED) return;
  eachEdge(table, tape, slot, false);
  table.setWatched(slot, NOT_WATCHED);
}

/** Puts its levels in (`isNew`), or takes them out. */
function eachEdge(table: AlertTable, tape: Tape, slot: number, isNew: boolean): void {
  const watched = table.watched(slot);
  const shape = table.shape(slot);
  // What ticks do in between is nothing to one that waits for closes.
  if (closesOf(shape) !== null) return;
  for (const leaf of shape.leaves) {
    const state = watched === FOR_BREAK ? stateOf(leaf, table.holds.get(slot)?.ways ?? []) : leaf;
    // A silence that begins is a look at all that goes on: something else may have become too old by then.
    const isLook = leaf.leaf.kind === 'no-data' && (shape.hasSequences || watched === FOR_BREAK);
    const both = (leaf.isInSequence || isLook) && watched !== FOR_FALSE;
    // What may still happen while something is held would outlast it.
    if (watched === FOR_TRUE || both || state === undefined) edgesOfLeaf(table, tape, slot, leaf, true, isNew);
    if (state !== undefined && (watched !== FOR_TRUE || both)) edgesOfLeaf(table, tape, slot, state, false, isNew);
  }
}

function edgesOfLeaf(
  table: AlertTable,
  tape: Tape,
  slot: number,
  leaf: ShapeLeaf,
  wantsTrue: boolean,
  isNew: boolean,
): void {
  const toTrue = wantsTrue === leaf.isPositive;
  const first = table.numberAt(slot, leaf.number);
  const anchor = anchoredValue(table, slot, leaf);
  if (anchor !== undefined && leaf.base !== null) {
    anchoredEdgesOf(leaf, toTrue, first, anchor, edgeOf(tape.signal(leaf.base), slot, isNew));
    return;
  }
  const signal = signalOf(table, tape, slot, leaf);
  if (signal === undefined) throw new Error('an alert is watched without its trail');
  const found = edgeOf(signal, slot, isNew);
  if (table.watched(slot) === FOR_FALSE && backEdgesOf(table, slot, leaf, found)) return;
  edgesOf(leaf, toTrue, first, table.secondAt(slot, leaf), found);
}

function edgeOf(signal: LiveSignal, slot: number, isNew: boolean): FoundEdge {
  return isNew
    ? (rising, key) => signal.addLevel(rising, key, slot)
    : (rising, key) => signal.removeLevel(rising, key, slot);
}
