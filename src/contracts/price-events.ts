/**
 * What a message of `stock-prices` says, whichever way it carries its ticks: one by itself, or several.
 */
import type { EngineEvent } from '#domain/engine/event.ts';
import type { Tick } from '#domain/market/tick.ts';
import type { PriceEvent } from './topics.ts';

/** The ticks that alerts are judged by, in their order. */
export function ticksIn(event: PriceEvent): readonly Tick[] {
  if (event.kind === 'ticks') return event.ticks;
  return event.kind === 'tick' ? [event.tick] : [];
}

/** What the engine folds in, in its order. */
export function eventsIn(event: PriceEvent): readonly EngineEvent[] {
  if (event.kind === 'ticks') return event.ticks.map((tick) => ({ kind: 'tick', tick }));
  return event.kind === 'late-tick' || event.kind === 'duty' ? [] : [event];
}
