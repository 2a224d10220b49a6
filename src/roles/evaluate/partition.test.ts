/** How old the last checkpoint of a partition is said to be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '#contracts/bus.ts';
import { silentLog } from '#contracts/log.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import { SimulatedClock } from '../../../test/support/simulated-clock.ts';
import { Persistence } from '../persistence.ts';
import { Partition, type PartitionDeps } from './partition.ts';

test('a checkpoint grows old from what came first after it, until it is written, and not where nothing comes', async () => {
  const clock = new SimulatedClock();
  let write = (): void => {};
  const deps = {
    bus: { commit: async () => {} },
    checkpoints: {
      load: async () => undefined,
      save: () =>
        new Promise<boolean>((written) => {
          write = () => written(true);
        }),
    },
    newSettlement: () => ({ settle: async () => true, told: async () => true }),
    persistence: new Persistence({ clock, log: silentLog, random: () => 0 }, new AbortController().signal),
    clock,
  } as unknown as PartitionDeps;
  const partition = (await Partition.load(deps, 0)) as Partition;
  const mark = (offset: number): Batch<PriceEvent> => ({
    partition: 0,
    messages: [{ key: '', offset, value: { kind: 'clock', at: clock.now() } }],
    nextOffset: offset + 1,
  });
  await clock.advance(60_000);
  assert.equal(partition.checkpointAgeMs, 0, 'nothing has come');
  await partition.take(mark(0));
  await clock.advance(1_000);
  await partition.take(mark(1));
  await clock.advance(1_000);
  assert.equal(partition.checkpointAgeMs, 2_000);
  const saving = await partition.startSave();
  await clock.advance(3_000);
  assert.equal(partition.checkpointAgeMs, 5_000, 'what is being written is not written');
  await partition.take(mark(2));
  write();
  await saving.written;
  assert.equal(partition.checkpointAgeMs, 3_000, 'as old as when it was taken');
  const next = await partition.startSave();
  write();
  await next.written;
  assert.equal(partition.checkpointAgeMs, 0);
});
