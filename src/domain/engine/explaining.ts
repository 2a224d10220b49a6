/**
 * Why an alert has not fired, from what the engine knows: the answer to a person, never an input to a decision.
 */
import type { Explanation, Filling, HoldReason, LeafExplanation } from '../alert/explanation.ts';
import type { Wait } from '../alert/wait.ts';
import { openTime } from '../calendar/session.ts';
import { numberOf } from '../condition/leaves.ts';
import { MAX_WINDOW_MS } from '../condition/limits.ts';
import { printCondition, printLeaf } from '../condition/printer.ts';
import { unitOfSignal } from '../condition/units.ts';
import { BAR_MS } from '../signal/bar/bar.ts';
import { barRecipesIn, partsOfRecipe, type Recipe } from '../signal/recipe.ts';
import { type AlertTable, ARMED, COOLING, DONE, EXPIRED, PAUSED } from './alert-table.ts';
import { observationOf, orNull } from './evidence.ts';
import { stateOf } from './holds.ts';
import type { InstrumentWatch } from './instrument-watch.ts';
import { truthOfItsLeaf, valueNow } from './judgement.ts';
import { barEnd } from './policy.ts';
import { nodeWith, type RunLeaf, type ShapeLeaf, type ShapeNode } from './shape.ts';
import { isAlive, statusOf } from './statuses.ts';
import type { Tape } from './tape.ts';
import { FALSE, TRUE, type Truth, truthOf, UNKNOWN } from './truth.ts';

/** `at` is market time: what is stale or closed is judged by it. */
export function explanationOf(watch: InstrumentWatch, slot: number, at: number): Explanation {
  const { table } = watch;
  const tape = watch.tape(slot);
  const policy = table.policy(slot);
  const status = table.status(slot);
  const isWatched = isAlive(status);
  tape.rest(at);
  const truth = isWatched ? truthAtRest(watch, tape, slot) : UNKNOWN;
  const confirming = status === ARMED ? confirmingOf(watch, slot, truth) : [];
  const following = status === ARMED ? followingOf(watch, slot, at) : [];
  const others = tape.others.map(({ symbol, last, isFresh }) => ({
    ...{ symbol, last: last && observationOf(last), isStale: last !== null && !isFresh },
  }));
  const reasons: HoldReason[] = [];
  if (status === PAUSED) reasons.push('paused');
  if (status === DONE) reasons.push('done');
  if (status === EXPIRED) reasons.push('expired');
  if (status === ARMED || status === COOLING) {
    if (tape.last === null) reasons.push('no-price');
    if (!tape.hasOpen(at)) reasons.push('session-closed');
    else if (tape.last !== null && !table.shape(slot).hasSilence && tape.isStale(policy, at)) reasons.push('stale');
    if (others.some(({ last }) => last === null)) reasons.push('other-no-price');
    if (others.some(({ isStale }) => isStale)) reasons.push('other-stale');
    if (table.cooldownUntil(slot) !== undefined) reasons.push('cooling-down');
    if (status === COOLING && !table.wasFalse(slot)) reasons.push(truth === FALSE ? 'not-back' : 'still-true');
    if (confirming.length > 0) reasons.push('confirming');
    else if (following.length > 0) reasons.push('following');
    if (status === ARMED && tape.last !== null && truth === UNKNOWN) reasons.push('unknown');
    if (status === ARMED && truth === FALSE) reasons.push('not-met');
  }
  return {
    version: table.version(slot),
    status: statusOf(status),
    epoch: table.epoch(slot),
    armedAt: status === ARMED ? table.armedAt(slot) : null,
    cooldownUntil: table.cooldownUntil(slot) ?? null,
    last: tape.last === null ? null : observationOf(tape.last),
    holds: holdsOf(truth),
    leaves: isWatched ? table.shape(slot).leaves.map((leaf) => leafOf(watch, slot, leaf, at)) : [],
    waits: [...confirming, ...following],
    others,
    gap: tape.lost,
    reasons,
  };
}

/** An event whose value is not known yet is not one that merely does not happen. */
function truthAtRest({ table }: InstrumentWatch, tape: Tape, slot: number): Truth {
  return truthOf(table.shape(slot).root, (leaf) => truthOfLeafAtRest(table, tape, slot, leaf));
}

function truthOfLeafAtRest(table: AlertTable, tape: Tape, slot: number, leaf: ShapeLeaf): Truth {
  const state = stateOf(leaf, table.holds.get(slot)?.ways ?? []);
  if (state !== undefined) return truthOfItsLeaf(table, tape, slot, state);
  return Number.isNaN(valueNow(table, tape, slot, leaf)) ? UNKNOWN : FALSE;
}

function leafOf(watch: InstrumentWatch, slot: number, leaf: ShapeLeaf, at: number): LeafExplanation {
  const { table } = watch;
  const tape = watch.tape(slot);
  const value = leaf.leaf.kind === 'no-data' ? silenceOf(tape, at) : valueNow(table, tape, slot, leaf);
  const truth = truthOfLeafAtRest(table, tape, slot, leaf);
  const numbered = table.leaf(slot, leaf);
  const filling = Number.isNaN(value) ? fillingOf(tape, leaf.recipe) : null;
  return {
    text: printLeaf(numbered),
    value: orNull(value),
    holds: holdsOf(truth),
    needs: truth === FALSE ? nearest(value, turnsOf(numbered)) : null,
    unit: isPercent(leaf) ? 'percent' : 'amount',
    sides: leaf.sides.map(({ recipe }) => orNull(tape.signal(recipe).now)),
    missing: Number.isNaN(value) ? missingOf(tape, leaf) : null,
    ...(filling === null ? {} : { filling }),
  };
}

/** What has begun to be confirmed. */
function confirmingOf(watch: InstrumentWatch, slot: number, truth: Truth): readonly Wait[] {
  const { table } = watch;
  const { confirmation } = table.shape(slot);
  const hold = table.holds.get(slot);
  if (confirmation?.kind === 'close') {
    const until = barEnd(table.policy(slot), confirmation.barMs, watch.tape(slot).seenAt);
    return truth === TRUE ? [{ kind: 'close', until }] : [];
  }
  if (confirmation === null || hold === undefined) return [];
  const { since, full } = hold;
  if (confirmation.kind === 'time') return [{ kind: 'time', since, until: full }];
  const { count } = confirmation;
  return [{ kind: 'ticks', since, seen: count - (full - watch.tape(slot).ticks), of: count }];
}

/** What has happened of one thing after another, as far as there is time for the other. */
function followingOf(watch: InstrumentWatch, slot: number, now: number): readonly Wait[] {
  const { table } = watch;
  const text = (node: ShapeNode): string => printCondition(nodeWith(node, (index) => table.numberAt(slot, index)));
  return table.shape(slot).sequences.flatMap(({ first, second, withinMs }, index): readonly Wait[] => {
    const mark = table.marks.get(slot)?.[index];
    if (mark === undefined || mark.at === null) return [];
    // What lasts was true at the last tick too.
    const since = mark.lasts ? Math.max(mark.at, watch.tape(slot).at) : mark.at;
    const until = since + withinMs;
    return until < now ? [] : [{ kind: 'then', since, until, first: text(first), second: text(second) }];
  });
}

/** For how long nothing was seen in open hours; past the longest that can be asked for it is as good as that. */
function silenceOf(tape: Tape, at: number): number {
  return tape.last === null ? Number.NaN : openTime(tape.calendar, tape.seenAt, at, MAX_WINDOW_MS);
}

/** The longest wait of the indicators that the leaf is made of; the bar at hand is one that is still to come. */
function missingOf(tape: Tape, { recipe }: ShapeLeaf): LeafExplanation['missing'] {
  const waits = barRecipesIn(recipe).map((one) => ({
    bars: tape.signal(one.recipe).bars?.indicator.missing ?? 0,
    size: one.bars.size,
  }));
  const waiting = waits.filter(({ bars }) => bars > 0);
  return waiting.toSorted((a, b) => b.bars * BAR_MS[b.size] - a.bars * BAR_MS[a.size])[0] ?? null;
}

/** Of the windows that reach back further than their values, the one that fills last. */
function fillingOf(tape: Tape, recipe: Recipe): Filling | null {
  const inside = partsOfRecipe(recipe).map((part) => fillingOf(tape, part));
  const until = (tape.signals.get(recipe.key)?.of?.history?.oldestAt ?? Number.POSITIVE_INFINITY) + windowOf(recipe);
  const own = until > tape.at && Number.isFinite(until) ? { windowMs: windowOf(recipe), until } : null;
  return [own, ...inside].reduce((last, one) => ((one?.until ?? 0) > (last?.until ?? 0) ? one : last), null);
}

const windowOf = (recipe: Recipe): number => (recipe.kind === 'relative' ? recipe.windowMs : Number.NaN);

/** The values at which the leaf may come true, as the user wrote them. */
function turnsOf(leaf: RunLeaf): readonly number[] {
  switch (leaf.kind) {
    case 'compare':
    case 'cross':
      return [numberOf(leaf.to)];
    case 'range':
    case 'channel':
      return [leaf.low.value, leaf.high.value];
    case 'no-data':
      return [leaf.forMs];
    case 'trail':
      return [leaf.direction === 'rise' ? leaf.by.value : -leaf.by.value];
    case 'move': {
      const by = leaf.by.value;
      return leaf.direction === 'rise' ? [by] : leaf.direction === 'fall' ? [-by] : [by, -by];
    }
  }
}

function nearest(value: number, turns: readonly number[]): number {
  return turns.reduce((best, turn) => (Math.abs(turn - value) < Math.abs(best - value) ? turn : best));
}

function isPercent({ leaf }: ShapeLeaf): boolean {
  if (leaf.kind === 'no-data') return false;
  if (leaf.kind === 'move' || leaf.kind === 'trail') return leaf.by.unit === 'percent';
  return unitOfSignal(leaf.signal) === 'percent';
}

function holdsOf(truth: Truth): boolean | null {
  return truth === UNKNOWN ? null : truth === TRUE;
}
