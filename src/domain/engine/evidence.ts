/**
 * The trigger of a firing, with what proves it.
 */
import {
  type LeafEvidence,
  type Observation,
  type OtherEvidence,
  type SideEvidence,
  type Trigger,
  triggerId,
} from '../alert/trigger.ts';
import { printCondition } from '../condition/printer.ts';
import type { InstrumentSymbol } from '../market/instrument.ts';
import type { Tick } from '../market/tick.ts';
import type { AlertTable } from './alert-table.ts';
import { stateOf } from './holds.ts';
import { gapBefore, type Moment, truthOfItsLeaf, valueBefore, valueNow } from './judgement.ts';
import type { ShapeLeaf, Side } from './shape.ts';
import type { Tape } from './tape.ts';
import { FALSE, TRUE, type Truth } from './truth.ts';

/** A firing between ticks has one value, not two: it held already when the alert was armed. */
export function triggerOf(
  symbol: InstrumentSymbol,
  table: AlertTable,
  tape: Tape,
  slot: number,
  firedAt: number,
  moment: Moment,
): Trigger {
  const alertId = table.id(slot);
  const epoch = table.epoch(slot);
  const isLive = moment === 'live';
  const isStep = moment !== 'resting';
  const { root, leaves, confirmation } = table.shape(slot);
  const hold = confirmation === null ? undefined : table.holds.get(slot);
  const holdsNow = (leaf: ShapeLeaf): Truth => {
    const seen = hold === undefined && isStep ? leaf : stateOf(leaf, hold?.ways ?? []);
    return seen === undefined ? FALSE : truthOfItsLeaf(table, tape, slot, seen);
  };
  const texts = leaves.map((leaf) => table.text(slot, leaf));
  return {
    id: triggerId(alertId, epoch),
    alertId,
    alertVersion: table.version(slot),
    epoch,
    symbol,
    // A leaf by itself reads the same as a condition.
    condition:
      root.kind === 'leaf' && confirmation === null ? (texts[0] as string) : printCondition(table.condition(slot)),
    firedAt,
    before: isLive && tape.before !== null ? observationOf(tape.before) : null,
    after: observationOf(tape.last as Tick),
    leaves: leaves.map((leaf, index) => {
      const evidence: LeafEvidence = {
        text: texts[index] as string,
        before: isStep ? orNull(valueBefore(table, tape, slot, leaf)) : null,
        after: orNull(valueNow(table, tape, slot, leaf)),
        holds: holdsNow(leaf) === TRUE,
      };
      if (leaf.sides.length === 0 && leaf.others.length === 0) return evidence;
      const sides = leaf.sides.map((side) => sideOf(tape, side, isLive));
      const others = othersOf(tape, leaf, isLive);
      return {
        ...evidence,
        ...(leaf.sides.length === 0 ? {} : { sides }),
        ...(leaf.others.length === 0 ? {} : { others }),
      };
    }),
    gap: gapBefore(table, tape, slot, moment) ?? hold?.gap ?? null,
  };
}

function sideOf(tape: Tape, { text, recipe }: Side, isLive: boolean): SideEvidence {
  const { before, now } = tape.signal(recipe);
  return { text, before: isLive ? orNull(before) : null, after: orNull(now) };
}

function othersOf(tape: Tape, leaf: ShapeLeaf, isLive: boolean): readonly OtherEvidence[] {
  return tape.others
    .filter(({ symbol }) => leaf.others.includes(symbol))
    .map(({ symbol, before, last }) => ({
      symbol,
      before: isLive && before !== null ? observationOf(before) : null,
      after: last && observationOf(last),
    }));
}

/** Of the last two ticks that were told of: one that fires thousands of alerts is written down once for all of them. */
let [lastTick, lastObservation]: [Tick?, Observation?] = [];
let [otherTick, otherObservation]: [Tick?, Observation?] = [];

export function observationOf(tick: Tick): Observation {
  if (tick === lastTick && lastObservation !== undefined) return lastObservation;
  const known = tick === otherTick ? otherObservation : undefined;
  const { price, volume, at, receivedAt, source } = tick;
  const observation =
    known ?? (volume === undefined ? { price, at, receivedAt, source } : { price, volume, at, receivedAt, source });
  [otherTick, otherObservation] = [lastTick, lastObservation];
  [lastTick, lastObservation] = [tick, observation];
  return observation;
}

export function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
