/**
 * Moves of an alert that has fired start anew at the values of that moment, until their windows have filled since: at the
 * first tick of their instrument that comes so much later.
 */
import { type AlertTable, type Anchor, NOT_WATCHED } from './alert-table.ts';
import { tapeOf } from './policy.ts';
import type { ShapeLeaf } from './shape.ts';
import type { Tape } from './tape.ts';
import type { Timer } from './timers.ts';
import { unwatch, watch } from './watching.ts';

/** For an alert that is not watched. */
export function anchorMoves(table: AlertTable, tape: Tape, slot: number, at: number): void {
  const leaves = table.shape(slot).leaves.map(({ base }) => {
    const value = base === null ? Number.NaN : tape.signal(base).now;
    return Number.isNaN(value) ? { value: 0, isLive: false } : { value, isLive: true };
  });
  if (!leaves.some(({ isLive }) => isLive)) {
    table.anchors.delete(slot);
    return;
  }
  table.anchors.set(slot, { at, leaves });
  resumeAnchors(table, tape, slot);
}

/** Also those that a checkpoint has brought back. */
export function resumeAnchors(table: AlertTable, tape: Tape, slot: number): void {
  const anchor = table.anchors.get(slot);
  for (const leaf of table.shape(slot).leaves)
    if (anchor?.leaves[leaf.index]?.isLive) tape.anchorEnds.add({ due: endOf(anchor, leaf), kind: 0, slot });
}

/** Windows that have filled: their moves are measured as usual again. */
export function endAnchors(table: AlertTable, tape: Tape, ended: (slot: number, isWatched: boolean) => void): void {
  const waiting: Timer[] = [];
  for (let end = tape.anchorEnds.take(tape.at); end !== undefined; end = tape.anchorEnds.take(tape.at)) {
    const { slot, due } = end;
    const anchor = table.anchors.get(slot);
    if (anchor === undefined || tapeOf(table.policy(slot)) !== tape.calendar) continue;
    const live = table.shape(slot).leaves.filter((leaf) => anchor.leaves[leaf.index]?.isLive);
    const ends = live.filter((leaf) => endOf(anchor, leaf) === due);
    const filled = ends.filter(({ base }) => base !== null && tape.toldUntil(base) >= due);
    if (filled.length < ends.length) waiting.push(end);
    if (filled.length === 0) continue;
    const watched = table.watched(slot);
    unwatch(table, tape, slot);
    for (const { index } of filled) (anchor.leaves[index] as { isLive: boolean }).isLive = false;
    if (filled.length === live.length) table.anchors.delete(slot);
    if (watched !== NOT_WATCHED) watch(table, tape, slot, watched);
    ended(slot, watched !== NOT_WATCHED);
  }
  for (const end of waiting) tape.anchorEnds.add(end);
}

function endOf({ at }: Anchor, { leaf }: ShapeLeaf): number {
  return leaf.kind === 'move' ? at + leaf.windowMs : Number.NaN;
}
