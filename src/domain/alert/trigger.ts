/**
 * A trigger: one firing of one epoch of one alert, with the evidence that proves it.
 * Its id is made of the alert's id and the epoch, so a replayed tick can never make a second one.
 */
import type { InstrumentSymbol } from '../market/instrument.ts';
import type { AlertId } from './alert.ts';

export type TriggerId = string & { readonly __brand: 'TriggerId' };

export function triggerId(alertId: AlertId, epoch: number): TriggerId {
  return `${alertId}.${epoch}` as TriggerId;
}

/** One observed price with where it came from. */
export interface Observation {
  readonly price: number;
  readonly volume?: number;
  readonly at: number;
  readonly receivedAt: number;
  readonly source: string;
}

/** What one leaf of the condition saw at the firing. `null` where the value was unknown. */
export interface LeafEvidence {
  /** Canonical text of the leaf. */
  readonly text: string;
  /** The leaf's signal before and at the firing. For a move: the change, in the unit of its amount. */
  readonly before: number | null;
  readonly after: number | null;
  readonly holds: boolean;
  /** Where it compares two signals, `before` and `after` are how far one is above the other, and these are both. */
  readonly sides?: readonly SideEvidence[];
  /** Each other instrument it looks at; absent where it looks at its own only. */
  readonly others?: readonly OtherEvidence[];
}

export interface SideEvidence {
  /** Canonical text of the signal. */
  readonly text: string;
  readonly before: number | null;
  readonly after: number | null;
}

/** What was seen last of another instrument. */
export interface OtherEvidence {
  readonly symbol: InstrumentSymbol;
  /** The same as `after` where it was not the one whose price fired the alert. */
  readonly before: Observation | null;
  readonly after: Observation | null;
}

/** Ends of a stretch in which nothing was seen and over which the condition came true. ms UTC. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** What the engine says of a firing; everything in it follows from ticks alone, so a replay gives the same bytes. */
export interface Trigger {
  readonly id: TriggerId;
  readonly alertId: AlertId;
  readonly alertVersion: number;
  readonly epoch: number;
  readonly symbol: InstrumentSymbol;
  /** Canonical text of the condition at the firing. */
  readonly condition: string;
  /** Tick time of the firing, ms UTC. */
  readonly firedAt: number;
  readonly before: Observation | null;
  readonly after: Observation;
  readonly leaves: readonly LeafEvidence[];
  readonly gap: Gap | null;
  /** The condition goes on being true since an earlier trigger, and the alert is to remind of it. */
  readonly reminder?: true;
}
