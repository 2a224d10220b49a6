/**
 * What every store must prove of the leases, commits and logs it keeps for a bus.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Store } from './store.ts';

/** Longer than the test, and one that is over at once. */
const LONG_MS = 600_000;
const NONE_MS = 0;

export function busLeasesConformance(open: () => Promise<Store>): void {
  describe("a bus's leases", () => {
    let store: Store;
    let topic: string;
    let topics = 0;
    before(async () => {
      store = await open();
    });
    after(() => store.close());
    beforeEach(() => {
      topic = `leased-${++topics}`;
    });
    const group = 'g';
    const beat = (member: string, partitions = 4, leaseMs = LONG_MS, leaves = false) =>
      store.busLeases.beat({ topic, group, member, partitions }, leaseMs, leaves);
    const letGo = (member: string, partitions: readonly number[], leaves = false) =>
      store.busLeases.letGo({ topic, group, member }, partitions, leaves);
    const kept = async (member: string): Promise<number[]> =>
      (await beat(member)).held.filter(({ keep }) => keep).map(({ partition }) => partition);

    test('the first has all; a second is given what the first lets go of, under a higher token', async () => {
      const first = await beat('a');
      assert.equal(first.isNew, true);
      assert.deepEqual(
        first.held.map(({ partition, token, keep }) => [partition, token, keep]),
        [0, 1, 2, 3].map((partition) => [partition, 1, true]),
      );
      assert.deepEqual((await beat('b')).held, [], 'nothing is taken from one that lives');
      const again = await beat('a');
      assert.equal(again.isNew, false);
      const over = again.held.filter(({ keep }) => !keep).map(({ partition }) => partition);
      assert.equal(over.length, 2);
      await letGo('a', over);
      assert.deepEqual(
        (await beat('b')).held.map(({ partition, token }) => [partition, token]),
        over.map((partition) => [partition, 2]),
      );
    });

    test('what a member had whose lease is over, or who left, is dealt to the others', async () => {
      await beat('a', 4, NONE_MS);
      assert.equal((await kept('b')).length, 4);
      await letGo('b', [0, 1, 2, 3], true);
      assert.equal((await kept('c')).length, 4);
      assert.equal((await kept('b')).length, 0);
    });

    test('one that is about to leave is given nothing and keeps nothing', async () => {
      await beat('a');
      assert.ok((await beat('a', 4, LONG_MS, true)).held.every(({ keep }) => !keep));
    });

    test('whoever comes, goes and dies: a partition has one owner, and in the end all have even shares', async () => {
      const step = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('beat', 'leave', 'die'));
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 7 }), fc.array(step, { maxLength: 12 }), async (count, steps) => {
          topic = `leased-${++topics}`;
          const owners = new Map<number, string>();
          const alive = new Set<string>();
          const act = async (member: string, leaseMs = LONG_MS): Promise<void> => {
            const { held } = await beat(member, count, leaseMs);
            alive.add(member);
            for (const { partition } of held) {
              const owner = owners.get(partition) ?? member;
              assert.ok(owner === member || !alive.has(owner), `partition ${partition} is ${owner}'s`);
              owners.set(partition, member);
            }
            const over = held.filter(({ keep }) => !keep).map(({ partition }) => partition);
            await letGo(member, over);
            for (const partition of over) owners.delete(partition);
          };
          for (const [member, what] of steps) {
            if (what === 'beat') await act(member);
            else if (what === 'die') {
              await act(member, NONE_MS);
              alive.delete(member);
            } else {
              await letGo(
                member,
                [...owners].filter(([, owner]) => owner === member).map(([partition]) => partition),
                true,
              );
              alive.delete(member);
              for (const [partition, owner] of owners) if (owner === member) owners.delete(partition);
            }
          }
          // One that died lives again with its own next beat, not before.
          const last = new Set([...alive, 'a']);
          for (let round = 0; round < 3; round++) for (const member of last) await act(member);
          const shares = [...alive].map((member) => [...owners.values()].filter((owner) => owner === member).length);
          assert.equal(
            shares.reduce((sum, share) => sum + share, 0),
            count,
          );
          assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, `even: ${shares}`);
        }),
        {
          numRuns: 25,
          examples: [
            [
              1,
              [
                ['a', 'beat'],
                ['c', 'beat'],
                ['a', 'die'],
              ],
            ],
          ],
        },
      );
    });

    test('a commit counts under the newest token, and without one only where nobody reads', async () => {
      const commit = (token: number, next: number) => store.busLeases.commit({ topic, group }, 0, token, next);
      const committed = () => store.busLeases.committed({ topic, group }, 0);
      assert.equal(await committed(), undefined);
      assert.equal(await commit(0, 5), true);
      await beat('a', 1);
      assert.equal(await commit(0, 9), false);
      assert.equal(await commit(1, 2 ** 50), true);
      assert.equal(await committed(), 2 ** 50);
      await letGo('a', [0], true);
      await beat('b', 1);
      assert.equal(await commit(1, 7), false);
      assert.equal(await committed(), 2 ** 50);
      assert.equal(await commit(2, 8), true);
      assert.equal(await store.busLeases.committed({ topic, group: 'another' }, 0), undefined);
    });

    test('the number of partitions stays as it was first; a log that was lost has a higher generation', async () => {
      assert.equal(await store.busLeases.partitions(topic, 3), 3);
      assert.equal(await store.busLeases.partitions(topic, 5), 3);
      assert.equal(await store.busLeases.generation(topic, 0), 1);
      await store.busLeases.beginAnew(topic, 0);
      assert.equal(await store.busLeases.generation(topic, 0), 1, 'the first log');
      await store.busLeases.beginAnew(topic, 0);
      assert.equal(await store.busLeases.generation(topic, 0), 2);
      assert.equal(await store.busLeases.generation(topic, 1), 1);
    });
  });
}
