/**
 * One thing after another: when the first part of each `then` was last true while its alert is armed, and whether its
 * second part comes true at this moment. A tick at which the first is true is never one at which the second follows.
 */
import type { AlertTable } from './alert-table.ts';
import { eventsCount, type Moment, truthOfItsLeaf } from './judgement.ts';
import type { ShapeNode, ThenNode } from './shape.ts';
import type { Tape } from './tape.ts';
import { FALSE, TRUE, type Truth, truthOf } from './truth.ts';

/** Of one `then`. */
export interface Mark {
  /** When its first part was last true; null where it was not since the arming, or since the second followed. */
  readonly at: number | null;
  /** It goes on to be true between ticks: at every tick until something turns. */
  readonly lasts: boolean;
}

export type Follows = ReadonlySet<ThenNode>;
export const NOTHING_FOLLOWS: Follows = new Set();
const NO_MARK: Mark = { at: null, lasts: false };

/** At the arming: what holds then may be followed, if the last value counts. */
export function armSequences(table: AlertTable, tape: Tape, slot: number, at: number, counts: boolean): boolean {
  const { sequences } = table.shape(slot);
  if (sequences.length === 0) return false;
  const held = sequences.map(({ first }) => truthAtRest(table, tape, slot, first) === TRUE);
  table.marks.set(
    slot,
    held.map((lasts) => (lasts && counts ? { at, lasts } : NO_MARK)),
  );
  return held.includes(true) && !counts;
}

/** A moment at which an armed alert is judged: those whose second part follows now. The next tick decides the rest. */
export function stepSequences(table: AlertTable, tape: Tape, slot: number, at: number, moment: Moment): Follows {
  const { sequences } = table.shape(slot);
  const withEvents = eventsCount(table, tape, slot, moment);
  const follows = new Set<ThenNode>();
  const truthNow = (node: ShapeNode): Truth =>
    truthOf(
      node,
      (leaf) => (leaf.isEvent && !withEvents ? FALSE : truthOfItsLeaf(table, tape, slot, leaf)),
      (then) => (follows.has(then) ? TRUE : FALSE),
    );
  const marks = sequences.map((then, index) => {
    const known = table.marks.get(slot)?.[index] ?? NO_MARK;
    // It was true at every tick until this moment; a move between ticks is none.
    const lastTick = moment === 'live' ? tape.beforeAt : tape.at;
    const last = known.lasts ? Math.max(known.at ?? lastTick, lastTick) : known.at;
    if (truthNow(then.first) === TRUE) {
      const lasts = moment !== 'close' && truthAtRest(table, tape, slot, then.first) === TRUE;
      return { at: moment === 'resting' && known.lasts ? last : at, lasts };
    }
    if (last === null || at - last > then.withinMs) return NO_MARK;
    if (truthNow(then.second) !== TRUE) return { at: last, lasts: false };
    follows.add(then);
    return NO_MARK;
  });
  table.marks.set(slot, marks);
  if (moment !== 'close' && followsNext(table, tape, slot)) tape.pending.add(slot);
  return follows;
}

/** Whether a second part holds already after the first: the next tick is the first one at which it follows. */
function followsNext(table: AlertTable, tape: Tape, slot: number): boolean {
  const marks = table.marks.get(slot) ?? [];
  return table.shape(slot).sequences.some(({ second }, index) => {
    const { at, lasts } = marks[index] ?? NO_MARK;
    return at !== null && !lasts && truthAtRest(table, tape, slot, second) === TRUE;
  });
}

function truthAtRest(table: AlertTable, tape: Tape, slot: number, node: ShapeNode): Truth {
  return truthOf(node, (leaf) => (leaf.isEvent ? FALSE : truthOfItsLeaf(table, tape, slot, leaf)));
}
