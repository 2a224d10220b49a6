/** What is measured when somebody looks, while what it asks does not answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '#adapters/host/metrics.ts';
import type { Bus } from '#contracts/bus.ts';
import type { Store } from '#contracts/store/store.ts';
import { Failure } from '#errors.ts';
import { SimulatedClock, settle } from '../test/support/simulated-clock.ts';
import { measureAtScrape } from './measures.ts';

test('a store that does not answer and a bus that is away are told of, and the last lag stands', async () => {
  const clock = new SimulatedClock();
  const metrics = createMetrics();
  let problem: string | null = null;
  const bus: Pick<Bus, 'health' | 'lag'> = {
    health: () => problem,
    lag: async (_topic, group) => {
      if (problem !== null) throw new Failure('bus-unavailable', problem);
      return group === 'evaluate' ? 7 : 3;
    },
  };
  let ping = async (): Promise<void> => {};
  const store = { ping: () => ping() } as Store;
  const roles = [{ name: 'evaluate', health: () => null, stop: async () => {} }];
  const measure = measureAtScrape({ bus, store, clock, metrics, roles });
  await measure();
  const well = await metrics.text();
  assert.match(well, /tocsin_part_up\{part="store"\} 1\ntocsin_part_up\{part="bus"\} 1\n.*part="evaluate"\} 1/);
  assert.match(well, /kafka_consumergroup_lag\{topic="stock-prices",group="evaluate"\} 7/);

  problem = 'gone';
  ping = () => new Promise(() => {});
  const looking = measure();
  await settle();
  await clock.advance(3_000);
  await looking;
  const ill = await metrics.text();
  assert.match(ill, /tocsin_part_up\{part="store"\} 0\ntocsin_part_up\{part="bus"\} 0/);
  assert.match(ill, /kafka_consumergroup_lag\{topic="stock-prices",group="evaluate"\} 7/);
  assert.match(ill, new RegExp(`tocsin_time_seconds ${clock.now() / 1000}`));
});
