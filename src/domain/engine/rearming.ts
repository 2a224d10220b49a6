/**
 * When a repeating alert has been false since it fired. Without a hysteresis that is when its condition is false;
 * with one, when the values have gone back by that much beyond their levels. Then a crossing too has a side to go back
 * to. Moves and trailing conditions begin anew by themselves and have none.
 */
import type { Hysteresis } from '../alert/alert.ts';
import { unitOfSignal } from '../condition/units.ts';
import { nextUp } from '../signal/double.ts';
import { type AlertTable, FOR_TRUE } from './alert-table.ts';
import type { FoundEdge } from './edges.ts';
import { truthOfAlert, truthOfItsLeaf, valueNow } from './judgement.ts';
import type { ShapeLeaf } from './shape.ts';
import type { Tape } from './tape.ts';
import { FALSE, TRUE, truthOf, UNKNOWN } from './truth.ts';

/** Where a value has gone back to: between the ends, or (`isOutside`) at or beyond one of them. */
interface Back {
  readonly low: number;
  readonly high: number;
  readonly isOutside: boolean;
}

/** What a range must be left by from within is never so much that nothing would be left of it. */
const LARGEST_PART = 4;

export function isFalseAgain(table: AlertTable, tape: Tape, slot: number): boolean {
  const { rearm } = table.policy(slot);
  if (rearm === null) return truthOfAlert(table, tape, slot, 'resting') === FALSE;
  const truth = truthOf(table.shape(slot).root, (leaf) => {
    const back = backOf(table, slot, leaf, rearm);
    if (back === null) return leaf.isEvent ? FALSE : truthOfItsLeaf(table, tape, slot, leaf);
    const value = valueNow(table, tape, slot, leaf);
    if (Number.isNaN(value)) return UNKNOWN;
    const isBack = back.isOutside ? value <= back.low || value >= back.high : back.low <= value && value <= back.high;
    return isBack === leaf.isPositive ? FALSE : TRUE;
  });
  return truth === FALSE;
}

/** One that fires at this moment is armed again at once, and is watched for the very same: it may stay in its books. */
export function waitsAsBefore(table: AlertTable, tape: Tape, slot: number): boolean {
  const { frequency, cooldownMs, rearm } = table.policy(slot);
  if (frequency !== 'repeat' || cooldownMs > 0 || rearm !== null || table.shape(slot).keepsMore) return false;
  return table.watched(slot) === FOR_TRUE && isFalseAgain(table, tape, slot);
}

/** The edges over which a value goes back; false where the leaf has no hysteresis. */
export function backEdgesOf(table: AlertTable, slot: number, leaf: ShapeLeaf, found: FoundEdge): boolean {
  const { rearm } = table.policy(slot);
  const back = rearm === null ? null : backOf(table, slot, leaf, rearm);
  if (back === null) return false;
  const down = back.isOutside ? back.low : back.high;
  const up = back.isOutside ? back.high : back.low;
  if (Number.isFinite(down)) found(false, nextUp(down));
  if (Number.isFinite(up)) found(true, up);
  return true;
}

function backOf(table: AlertTable, slot: number, leaf: ShapeLeaf, { value, unit }: Hysteresis): Back | null {
  const first = table.numberAt(slot, leaf.number);
  const isShare = unit === 'percent' && !isPercent(leaf);
  const by = (level: number): number => (isShare ? (Math.abs(level) * value) / 100 : value);
  const shape = leaf.leaf;
  switch (shape.kind) {
    case 'compare':
    case 'cross': {
      const [isUp, isDown] = directionsOf(shape, leaf.isPositive);
      const low = isUp ? below(first, by(first)) : Number.NEGATIVE_INFINITY;
      const high = isDown ? above(first, by(first)) : Number.POSITIVE_INFINITY;
      return { low, high, isOutside: true };
    }
    case 'range':
    case 'channel': {
      const second = table.numberAt(slot, leaf.number + 1);
      const isInward = shape.op === 'inside' || shape.op === 'enters';
      if (isInward === leaf.isPositive)
        return { low: below(first, by(first)), high: above(second, by(second)), isOutside: true };
      const most = (second - first) / LARGEST_PART;
      return { low: first + Math.min(by(first), most), high: second - Math.min(by(second), most), isOutside: false };
    }
    default:
      return null;
  }
}

/** Never the level itself, also where so little (a percent of nothing) is nothing: on it the condition may be true. */
function below(level: number, by: number): number {
  return Math.min(level - by, -nextUp(-level));
}

function above(level: number, by: number): number {
  return Math.max(level + by, nextUp(level));
}

/** Whether the leaf comes true on the way up, and on the way down. */
function directionsOf(
  shape: Extract<ShapeLeaf['leaf'], { kind: 'compare' | 'cross' }>,
  isPositive: boolean,
): readonly [boolean, boolean] {
  if (shape.kind === 'cross') return [shape.direction !== 'below', shape.direction !== 'above'];
  const isUp = (shape.op === '>' || shape.op === '>=') === isPositive;
  return [isUp, !isUp];
}

function isPercent({ leaf }: ShapeLeaf): boolean {
  return leaf.kind !== 'no-data' && unitOfSignal(leaf.signal) === 'percent';
}
