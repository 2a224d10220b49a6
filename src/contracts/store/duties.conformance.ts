/**
 * What every ledger of duties must prove.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DutyStore } from './duties.ts';

/** Longer than any test. */
const LONG_MS = 3_600_000;
const NONE: ReadonlyMap<number, number> = new Map();

export function dutiesConformance(
  open: () => Promise<{ readonly duties: DutyStore; readonly close: () => Promise<void> }>,
): void {
  describe('duties', () => {
    let duties: DutyStore;
    let close = async (): Promise<void> => {};
    let names = 0;
    let parts = 0;
    before(async () => {
      ({ duties, close } = await open());
    });
    after(() => close());
    const join = async (leaseMs = LONG_MS): Promise<string> => {
      const name = `member-${++names}`;
      await duties.beat({ name, capacity: 1 }, NONE, leaseMs);
      return name;
    };
    const begin = async (member: string, part: number): Promise<number> => {
      const duty = await duties.begin(member, part);
      assert.ok(duty !== undefined, `${member} begins with ${part}`);
      return duty;
    };
    const look = async (part: number) => {
      const { parts: all } = await duties.beat({ name: 'onlooker', capacity: 0 }, NONE, LONG_MS);
      return all.find((one) => one.part === part);
    };

    test('who lives is known with what they take, until they leave or are not heard of in time', async () => {
      const [stays, leaves] = [await join(), await join()];
      const silent = await join(0);
      await duties.leave(leaves);
      const { members } = await duties.beat({ name: stays, capacity: 3 }, NONE, LONG_MS);
      assert.deepEqual(
        members.filter(({ name }) => [stays, leaves, silent].includes(name)),
        [{ name: stays, capacity: 3 }],
      );
    });

    test('a part has one member; each duty, of whatever part, has a higher number than those before', async () => {
      const [one, other] = [await join(), await join()];
      const [part, next] = [++parts, ++parts];
      const first = await begin(one, part);
      assert.equal(await duties.begin(other, part), undefined);
      const second = await begin(other, next);
      const again = await begin(one, part);
      assert.ok(first < second && second < again, `${first} ${second} ${again}`);
      assert.deepEqual([await duties.isNewest(part, first), await duties.isNewest(part, again)], [false, true]);
      assert.equal(await duties.isNewest(next, second), true);
      assert.deepEqual(await look(part), { part, weight: 0, member: one, duty: again });
    });

    test('what was let go of is free; who let go too late takes nothing from the next', async () => {
      const [one, other] = [await join(), await join()];
      const part = ++parts;
      const first = await begin(one, part);
      await duties.end(part, first);
      assert.equal((await look(part))?.member, null);
      assert.equal(await duties.isNewest(part, first), true, 'nobody has begun since');
      const second = await begin(other, part);
      await duties.end(part, first);
      assert.deepEqual(await look(part), { part, weight: 0, member: other, duty: second });
    });

    test('what somebody had who left, or died, is free', async () => {
      const [leaves, next] = [await join(), await join()];
      const dies = await join(0);
      const [one, other] = [++parts, ++parts];
      await begin(leaves, one);
      await begin(dies, other);
      await duties.leave(leaves);
      assert.deepEqual([(await look(one))?.member, (await look(other))?.member], [null, null]);
      await begin(next, one);
      await begin(next, other);
    });

    test('a part weighs what its member said last; the next finds it so', async () => {
      const [one, other] = [await join(), await join()];
      const part = ++parts;
      const duty = await begin(one, part);
      await duties.beat({ name: one, capacity: 1 }, new Map([[part, 2.5]]), LONG_MS);
      await duties.beat({ name: other, capacity: 1 }, new Map([[part, 9]]), LONG_MS);
      await duties.end(part, duty);
      await begin(other, part);
      assert.equal((await look(part))?.weight, 2.5);
    });

    test('of many who want a part at once one has it', async () => {
      const many = await Promise.all(Array.from({ length: 8 }, () => join()));
      const part = ++parts;
      const began = await Promise.all(many.map((member) => duties.begin(member, part)));
      assert.equal(began.filter((duty) => duty !== undefined).length, 1);
    });
  });
}
