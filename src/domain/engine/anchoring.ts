/**
 * Moves of an alert that has fired start anew at the values of that moment, until their windows have filled since.
 */
import { type AlertTable, NOT_WATCHED } from './alert-table.ts';
import { tapeOf } from './policy.ts';
import type { Tape } from './tape.ts';
import { unwatch, watch } from './watching.ts';

/** For an alert that is not watched. */
export function anchorMoves(table: AlertTable, tape: Tape, slot: number, at: number): void {
  const leaves = table.shape(slot).leaves.map(({ base, recipe }) => {
    const value = base === null ? Number.NaN : tape.signal(base).now;
    if (recipe.kind !== 'relative' || Number.isNaN(value)) return { value: 0, isLive: false };
    tape.anchorEnds.add({ due: at + recipe.windowMs, kind: 0, slot });
    return { value, isLive: true };
  });
  if (leaves.some(({ isLive }) => isLive)) table.anchors.set(slot, { at, leaves });
  else table.anchors.delete(slot);
}

/** Those that a checkpoint has brought back. */
export function resumeAnchors(table: AlertTable, tape: Tape, slot: number): void {
  const anchor = table.anchors.get(slot);
  for (const { index, recipe } of table.shape(slot).leaves)
    if (anchor?.leaves[index]?.isLive && recipe.kind === 'relative')
      tape.anchorEnds.add({ due: anchor.at + recipe.windowMs, kind: 0, slot });
}

/** Windows that have filled: their moves are measured as usual again. */
export function endAnchors(table: AlertTable, tape: Tape, ended: (slot: number, isWatched: boolean) => void): void {
  for (let end = tape.anchorEnds.take(tape.at); end !== undefined; end = tape.anchorEnds.take(tape.at)) {
    const { slot, due } = end;
    const anchor = table.anchors.get(slot);
    if (anchor === undefined || tapeOf(table.policy(slot)) !== tape.calendar) continue;
    const watched = table.watched[slot] as number;
    unwatch(table, tape, slot);
    for (const { index, recipe } of table.shape(slot).leaves) {
      const leaf = anchor.leaves[index];
      if (leaf?.isLive && recipe.kind === 'relative' && anchor.at + recipe.windowMs === due) leaf.isLive = false;
    }
    if (!anchor.leaves.some(({ isLive }) => isLive)) table.anchors.delete(slot);
    if (watched !== NOT_WATCHED) watch(table, tape, slot, watched);
    ended(slot, watched !== NOT_WATCHED);
  }
}
