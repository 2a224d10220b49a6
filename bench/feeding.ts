/**
 * Events into an engine, as they come off a bus: made and dropped in portions, so that only what the engine keeps is old.
 * The making is not counted.
 */
import type { Engine } from '#domain/engine/engine.ts';
import type { Effect, EngineEvent } from '#domain/engine/event.ts';
import { type Round, timed } from './harness.ts';

const PORTION = 1_000;

export interface Fed extends Round {
  readonly fired: number;
}

/** The events that `make` gives from one number to another, up to `count`. */
export function feed(engine: Engine, count: number, make: (from: number, to: number) => readonly EngineEvent[]): Fed {
  const effects: Effect[] = [];
  let seconds = 0;
  let fired = 0;
  for (let from = 0; from < count; from += PORTION) {
    const events = make(from, Math.min(count, from + PORTION));
    seconds += timed(events.length, () => {
      for (const event of events) {
        engine.apply(event, effects);
        if (effects.length === 0) continue;
        for (const { kind } of effects) if (kind === 'trigger') fired += 1;
        effects.length = 0;
      }
    }).seconds;
  }
  return { count, seconds, fired };
}

/** The same, one event after the other. */
export function feedEach(engine: Engine, count: number, make: (index: number) => EngineEvent): Fed {
  return feed(engine, count, (from, to) => Array.from({ length: to - from }, (_, offset) => make(from + offset)));
}
