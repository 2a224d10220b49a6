/**
 * Conditions that have come true and have to stay so before they count: since when, until when, and which way their
 * crossings went. A crossing that has happened since then counts until it is undone.
 */
import type { Gap } from '../alert/trigger.ts';
import { afterOpenTime } from '../calendar/session.ts';
import type { AlertTable } from './alert-table.ts';
import { eventsCount, gapBefore, isAfterGap, type Moment, truthOfItsLeaf, valueBefore } from './judgement.ts';
import type { ShapeLeaf, ShapeNode, ThenNode } from './shape.ts';
import type { Tape } from './tape.ts';
import { FALSE, TRUE, type Truth, truthOf } from './truth.ts';

export interface Hold {
  readonly since: number;
  /** When it is confirmed if it stays: a time or, where ticks confirm, the number of a tick of its tape. */
  readonly full: number;
  /**
   * By leaf: which of the states that its event may lead to has been reached, from 1; 0 for none, or undone. After those,
   * by `then`: 1 where it has happened and its second part is still true.
   */
  readonly ways: readonly number[];
  /** The gap over which it came true. */
  readonly gap: Gap | null;
  /** Its time came while nothing could be decided: the first tick after that does. */
  readonly isOverdue?: true;
}

/** One that begins at this moment, at which the condition is true. */
export function newHold(
  table: AlertTable,
  tape: Tape,
  slot: number,
  at: number,
  moment: Moment,
  follows: ReadonlySet<ThenNode>,
): Hold {
  return {
    since: at,
    full: fullFrom(table, tape, slot, at, moment),
    ways: waysNow(table, tape, slot, moment, [], follows),
    gap: gapBefore(table, tape, slot, moment),
  };
}

/** The truth of what is held on the last values: each event that has happened is the state that it has led to. */
export function truthOfHold(table: AlertTable, tape: Tape, slot: number, { ways }: Hold): Truth {
  return truthOfKept(table, tape, slot, table.shape(slot).root, ways);
}

function truthOfKept(table: AlertTable, tape: Tape, slot: number, node: ShapeNode, ways: readonly number[]): Truth {
  const { leaves, sequences } = table.shape(slot);
  const ofLeaf = (leaf: ShapeLeaf): Truth => {
    const state = stateOf(leaf, ways);
    return state === undefined ? FALSE : truthOfItsLeaf(table, tape, slot, state);
  };
  const ofThen = (then: ThenNode): Truth =>
    ways[leaves.length + sequences.indexOf(then)] === 1 ? truthOf(then.second, ofLeaf, ofThen) : FALSE;
  return truthOf(node, ofLeaf, ofThen);
}

/** The leaf itself if it is a state; what its event has led to if it is one that has happened. */
export function stateOf(leaf: ShapeLeaf, ways: readonly number[]): ShapeLeaf | undefined {
  return leaf.isEvent ? leaf.ways[(ways[leaf.index] ?? 0) - 1] : leaf;
}

/** The same after a tick at which it has stayed true; begun anew after a gap that the alert does not trust. */
export function heldOn(table: AlertTable, tape: Tape, slot: number, hold: Hold, follows: ReadonlySet<ThenNode>): Hold {
  const policy = table.policy(slot);
  const ways = waysNow(table, tape, slot, 'live', hold.ways, follows);
  if (policy.gap === 'skip' && isAfterGap(tape, policy))
    return { since: tape.at, full: fullFrom(table, tape, slot, tape.at, 'live'), ways, gap: hold.gap };
  return ways.every((way, index) => way === hold.ways[index]) ? hold : { ...hold, ways };
}

export function isFull(table: AlertTable, tape: Tape, slot: number, { full }: Hold): boolean {
  return full <= (countsTicks(table, slot) ? tape.ticks : tape.at);
}

/** Whether ticks confirm it, and not time. */
export function countsTicks(table: AlertTable, slot: number): boolean {
  return table.shape(slot).confirmation?.kind === 'ticks';
}

/** A tick at which it comes true is the first of those that confirm it. */
function fullFrom(table: AlertTable, tape: Tape, slot: number, at: number, moment: Moment): number {
  const { confirmation } = table.shape(slot);
  if (confirmation?.kind === 'ticks') return tape.ticks + confirmation.count - (moment === 'live' ? 1 : 0);
  return afterOpenTime(tape.calendar, at, confirmation?.kind === 'time' ? confirmation.ms : 0);
}

function waysNow(
  table: AlertTable,
  tape: Tape,
  slot: number,
  moment: Moment,
  ways: readonly number[],
  follows: ReadonlySet<ThenNode>,
): readonly number[] {
  const mayHappen = eventsCount(table, tape, slot, moment);
  const { leaves, sequences } = table.shape(slot);
  const now = leaves.map((leaf) => {
    if (!leaf.isEvent) return 0;
    const state = stateOf(leaf, ways);
    if (state !== undefined && truthOfItsLeaf(table, tape, slot, state) === TRUE) return ways[leaf.index] ?? 0;
    if (!mayHappen || truthOfItsLeaf(table, tape, slot, leaf) !== TRUE) return 0;
    // Landing on the level from above is a way down, though the value is not below it.
    const isDown = leaf.ways.length > 1 && valueBefore(table, tape, slot, leaf) > table.numberAt(slot, leaf.number);
    return isDown ? 2 : 1;
  });
  for (const then of sequences) {
    const isKept = ways[now.length] === 1 && truthOfKept(table, tape, slot, then.second, now) === TRUE;
    now.push(isKept || follows.has(then) ? 1 : 0);
  }
  return now;
}
