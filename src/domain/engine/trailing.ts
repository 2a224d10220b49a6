/**
 * Hangs the trailing leaves of an alert on the trails of its tape, from its arming on.
 */
import type { AlertTable } from './alert-table.ts';
import type { Tape } from './tape.ts';
import type { Trail } from './trails.ts';
import { unwatch, watch } from './watching.ts';

/** From the present values on; for an alert that is not watched. */
export function joinTrails(table: AlertTable, tape: Tape, slot: number): void {
  const { hasTrails, leaves } = table.shape(slot);
  if (!hasTrails) return;
  leaveTrails(table, tape, slot);
  const trails = leaves.map((leaf) =>
    leaf.leaf.kind === 'trail' ? tape.trails.join(leaf, tape.signal(leaf.recipe), slot) : undefined,
  );
  table.trails.set(slot, trails);
}

/** Those that a checkpoint names by their numbers. */
export function rejoinTrails(table: AlertTable, tape: Tape, slot: number): void {
  const ids = table.trailIds.get(slot);
  if (ids === undefined) return;
  table.trailIds.delete(slot);
  const trails = table.shape(slot).leaves.map((leaf) => {
    const id = ids[leaf.index] ?? null;
    return id === null ? undefined : tape.trails.rejoin(leaf, tape.signal(leaf.recipe), slot, id);
  });
  table.trails.set(slot, trails);
}

export function leaveTrails(table: AlertTable, tape: Tape, slot: number): void {
  for (const trail of new Set(table.trails.get(slot))) if (trail !== undefined) tape.trails.leave(trail, slot);
  table.trails.delete(slot);
}

/** Before a tick: alerts on trails that have become equal hang on one. */
export function mergeTrails(table: AlertTable, tape: Tape, moved: (slot: number) => void): void {
  tape.trails.merge((slot: number, from: Trail, into: Trail) => {
    const watched = table.watched(slot);
    unwatch(table, tape, slot);
    const trails = (table.trails.get(slot) ?? []).map((trail) => (trail === from ? into : trail));
    table.trails.set(slot, trails);
    if (watched !== 0) watch(table, tape, slot, watched);
    moved(slot);
  });
}
