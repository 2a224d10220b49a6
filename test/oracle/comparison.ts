/**
 * Runs the engine and the evaluator by brute force over the same history: the same effects at every step, and a saved
 * engine goes on exactly as one that never stopped.
 */
import assert from 'node:assert/strict';
import type { Trigger } from '#domain/alert/trigger.ts';
import { Engine } from '#domain/engine/engine.ts';
import type { Effect } from '#domain/engine/event.ts';
import { BruteForce } from './brute.ts';
import { eventsOf, type Step } from './histories.ts';

const wire = <T>(value: T): T => (value === undefined ? value : JSON.parse(JSON.stringify(value))) as T;
const throughStore = (chunks: ReadonlyMap<string, unknown>): Map<string, unknown> =>
  new Map([...chunks].map(([key, chunk]) => [key, wire(chunk)]));
const sorted = (chunks: ReadonlyMap<string, unknown>): readonly unknown[] =>
  [...throughStore(chunks)].sort(([a], [b]) => (a < b ? -1 : 1));
/** Alerts do not touch one another: in which order those of one event are told is the engine's own affair. */
const byAlert = (effects: readonly Effect[]): readonly Effect[] => {
  const idOf = (effect: Effect): string => (effect.kind === 'trigger' ? effect.trigger.alertId : effect.alertId);
  return effects.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : idOf(a) > idOf(b) ? 1 : 0));
};

/** The triggers of all; every disagreement throws. */
export function compare(steps: readonly Step[]): readonly Trigger[] {
  const brute = new BruteForce();
  const steady = new Engine();
  let engine = new Engine();
  const saved = new Map<string, unknown>();
  const triggers: Trigger[] = [];
  for (const [index, event] of eventsOf(steps).entries()) {
    if (event === undefined) {
      for (const [key, chunk] of throughStore(engine.takeChanges()))
        if (chunk === undefined) saved.delete(key);
        else saved.set(key, chunk);
      assert.deepEqual(sorted(saved), sorted(engine.snapshot()), `step ${index}: what is saved is all of the state`);
      engine = Engine.restore(saved);
      assert.deepEqual(sorted(engine.snapshot()), sorted(saved), `step ${index}: a restored engine is the same`);
      continue;
    }
    const [expected, effects, unbroken]: [Effect[], Effect[], Effect[]] = [[], [], []];
    brute.apply(event, expected);
    engine.apply(event, effects);
    steady.apply(event, unbroken);
    // As they are stored: JSON knows no negative zero, which a product may be.
    assert.deepEqual(wire(effects), wire(unbroken), `step ${index}: a restart changes nothing`);
    assert.deepEqual(wire(byAlert(effects)), wire(byAlert(expected)), `step ${index}: ${JSON.stringify(event)}`);
    for (const effect of effects) if (effect.kind === 'trigger') triggers.push(effect.trigger);
  }
  assert.deepEqual(sorted(engine.snapshot()), sorted(steady.snapshot()), 'the same state in the end');
  return triggers;
}
