import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '#contracts/bus.ts';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import type { AlertEvent } from '#contracts/topics.ts';
import type { Alert } from '#domain/alert/alert.ts';
import type { Effect } from '#domain/engine/event.ts';
import { Failure } from '#errors.ts';
import { SimulatedClock, settle as turns } from '../../../test/support/simulated-clock.ts';
import { Persistence } from '../persistence.ts';
import { Settlement, type SettlementDeps } from './settlement.ts';

/** A bus that acknowledges when it is told to, and a store that writes down what it was given. */
function world() {
  const recorded: string[] = [];
  const told: string[] = [];
  const waiting: (() => void)[] = [];
  const stop = new AbortController();
  const clock = new SimulatedClock();
  const settlement = new Settlement({
    bus: {
      partitionOf: () => 0,
      publish: (_topic: string, messages: readonly Message<AlertEvent>[]) =>
        new Promise<void>((acknowledged, refused) => {
          waiting.push(() => {
            if (stop.signal.aborted) return refused(new Failure('bus-unavailable', 'away'));
            told.push(...messages.map(({ key }) => key));
            acknowledged();
          });
        }),
    } as SettlementDeps['bus'],
    triggers: {
      async record(effects) {
        const alerts = effects.flatMap((effect) => (effect.kind === 'alert-state' ? effect.alertId : []));
        recorded.push(...alerts);
        return { triggers: [], alerts: alerts.map((id) => ({ id, userId: id }) as unknown as Alert), deliveries: [] };
      },
    },
    persistence: new Persistence({ clock, log: silentLog, random: () => 0 }, stop.signal),
    ...{ clock, marketTime: () => 0, log: silentLog, tracing: undefined, effectsAtOnce: 100 },
    triggered: noMetrics.counter({ name: 'a', help: '' }),
    seconds: noMetrics.histogram({ name: 'b', help: '' }),
  });
  const settle = (...ids: readonly string[]): Promise<boolean> =>
    settlement.settle(
      ids.map((alertId) => ({ kind: 'alert-state', alertId, version: 1, status: 'armed', epoch: 1, at: 0 }) as Effect),
      [],
      0,
    );
  return { recorded, told, waiting, stop, settlement, settle };
}

test('what is durable is told in order, one portion at a time, while the next is recorded', async () => {
  const { recorded, told, waiting, settlement, settle } = world();
  assert.equal(await settle('a'), true);
  assert.deepEqual([recorded, told], [['a'], []], 'durable before it is told, and nobody waits for that');
  let isSettled = false;
  const next = settle('b').then((done) => {
    isSettled = true;
    return done;
  });
  await turns();
  assert.deepEqual(
    [recorded, waiting.length, isSettled],
    [['a', 'b'], 1, false],
    'one portion is on its way at a time',
  );
  waiting[0]?.();
  assert.equal(await next, true);
  let isTold = false;
  const all = settlement.told().then(() => {
    isTold = true;
  });
  await turns();
  assert.deepEqual([told, isTold], [['a'], false]);
  waiting[1]?.();
  await all;
  assert.deepEqual(told, ['a', 'b']);
});

test('where the role is stopped before all is told, that is said', async () => {
  const { waiting, stop, settlement, settle } = world();
  await settle('a');
  stop.abort();
  waiting[0]?.();
  assert.equal(await settlement.told(), false);
  assert.equal(await settle('b'), false);
});
