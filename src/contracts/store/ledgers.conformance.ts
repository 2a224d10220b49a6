/**
 * What every store must prove of the bus's log, checkpoints, idempotency keys and the secret.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { LogAppend } from './bus-log.ts';
import type { Store } from './store.ts';
import { newUser, T0 } from './testing/samples.ts';

export function ledgersConformance(open: () => Promise<Store>): void {
  describe('log, checkpoints and keys', () => {
    let store: Store;
    let topics = 0;
    before(async () => {
      store = await open();
    });
    after(() => store.close());
    const newTopic = (): string => `topic-${++topics}`;
    const rowsOf = (topic: string, partition: number, counts: readonly number[]): LogAppend[] => {
      let offset = 0;
      return counts.map((count) => {
        const baseOffset = offset;
        offset += count;
        const messages = Array.from({ length: count }, (_, i) => ({
          key: `k"${i % 3}\0`,
          value: { n: baseOffset + i, text: 'é\0\ud83d', list: [null, 1e-8, true] },
        }));
        return { topic, partition, baseOffset, messages };
      });
    };

    test('what was appended is read from any offset, in whole rows, up to the number asked for', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 }),
          fc.nat(40),
          fc.integer({ min: 1, max: 12 }),
          async (counts, from, max) => {
            const topic = newTopic();
            const rows = rowsOf(topic, 0, counts);
            await store.busLog.append([...rows, ...rowsOf(topic, 1, [2])]);
            const later = rows.filter((row) => row.baseOffset + row.messages.length > from);
            const expected = later.filter((_, i) => {
              const sum = later.slice(0, i + 1).reduce((total, row) => total + row.messages.length, 0);
              return i === 0 || sum <= max;
            });
            assert.deepEqual(await store.busLog.read(topic, 0, from, max), expected);
          },
        ),
        { numRuns: 40 },
      );
    });

    test('an append is all of it or nothing, and an offset is written once', async () => {
      const topic = newTopic();
      await store.busLog.append(rowsOf(topic, 0, [3]));
      await assert.rejects(store.busLog.append([...rowsOf(topic, 1, [2]), ...rowsOf(topic, 0, [1])]));
      assert.deepEqual(await store.busLog.read(topic, 1, 0, 10), []);
      assert.deepEqual(await store.busLog.read(topic, 0, 0, 10), rowsOf(topic, 0, [3]));
      await store.busLog.append([]);
    });

    test('the ends of each log are known, also after everything was trimmed', async () => {
      const topic = newTopic();
      const ends = async () => (await store.busLog.ends()).filter((end) => end.topic === topic);
      await store.busLog.append([...rowsOf(topic, 0, [3, 4, 5]), ...rowsOf(topic, 2, [1])]);
      assert.deepEqual(await ends(), [
        { topic, partition: 0, firstOffset: 0, nextOffset: 12 },
        { topic, partition: 2, firstOffset: 0, nextOffset: 1 },
      ]);
      await store.busLog.trim(topic, 0, 6);
      assert.deepEqual((await ends())[0], { topic, partition: 0, firstOffset: 3, nextOffset: 12 });
      assert.equal((await store.busLog.read(topic, 0, 0, 100))[0]?.baseOffset, 3);
      await store.busLog.trim(topic, 0, 1000);
      assert.equal((await ends())[0]?.nextOffset, 12);
      assert.equal((await ends())[1]?.firstOffset, 0);
    });

    test('commits are kept by group and partition, the last one counts', async () => {
      const topic = newTopic();
      await store.busLog.commit(topic, 'a', 0, 5);
      await store.busLog.commit(topic, 'b', 0, 7);
      await store.busLog.commit(topic, 'a', 0, 9);
      assert.deepEqual(
        (await store.busLog.commits()).filter((commit) => commit.topic === topic),
        [
          { topic, group: 'a', partition: 0, nextOffset: 9 },
          { topic, group: 'b', partition: 0, nextOffset: 7 },
        ],
      );
    });

    test('a checkpoint is its last save of each chunk, with the offset of the last save', async () => {
      const value = fc.option(
        fc.jsonValue().map((json) => JSON.parse(JSON.stringify(json)) as unknown),
        {
          nil: undefined,
        },
      );
      const save = fc.tuple(fc.nat(), fc.dictionary(fc.constantFrom('', 'A', 'B-C', '^D', 'é'), value));
      let partition = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(save, { minLength: 1, maxLength: 5 }), async (saves) => {
          partition += 1;
          assert.equal(await store.checkpoints.load(partition), undefined);
          const expected = new Map<string, unknown>();
          for (const [nextOffset, changed] of saves) {
            await store.checkpoints.save(partition, nextOffset, textsOf(changed));
            for (const [key, chunk] of Object.entries(changed))
              chunk === undefined ? expected.delete(key) : expected.set(key, chunk);
          }
          const loaded = await store.checkpoints.load(partition);
          assert.equal(loaded?.nextOffset, saves.at(-1)?.[0]);
          assert.deepEqual(loaded?.chunks, expected);
        }),
        { numRuns: 20 },
      );
    });

    const textsOf = (chunks: Readonly<Record<string, unknown>>): Map<string, string | undefined> =>
      new Map(
        Object.entries(chunks).map(([key, chunk]) => [key, chunk === undefined ? undefined : JSON.stringify(chunk)]),
      );
    /** More than one statement writes. */
    const manyChunks = (): Map<string, string | undefined> =>
      textsOf(Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`S${index}`, { index }])));
    /** The same, and one that no database takes. */
    const broken = (): Map<string, string | undefined> => manyChunks().set('last', '\0');

    test('a checkpoint that was cut short changes nothing, also not for the one after it', async () => {
      const partition = 1_000;
      assert.equal(await store.checkpoints.load(partition), undefined);
      await assert.rejects(store.checkpoints.save(partition, 1, broken()));
      assert.equal(await store.checkpoints.load(partition), undefined);
      await store.checkpoints.save(partition, 2, textsOf({ S1: 'saved' }));
      await assert.rejects(store.checkpoints.save(partition, 3, broken()));
      assert.deepEqual(await store.checkpoints.load(partition), { nextOffset: 2, chunks: new Map([['S1', 'saved']]) });
      await store.checkpoints.save(partition, 4, textsOf({ S2: 'later' }));
      const chunks = (await store.checkpoints.load(partition))?.chunks ?? new Map();
      assert.deepEqual(Object.fromEntries(chunks), { S1: 'saved', S2: 'later' });
    });

    test('while a checkpoint is written the store is there for others', async () => {
      const done: string[] = [];
      // Each with a connection that is open, where there are several.
      await Promise.all([store.checkpoints.load(1_001), store.busLog.ends()]);
      const saving = store.checkpoints.save(1_001, 1, manyChunks()).then(() => done.push('saved'));
      await store.busLog.append(rowsOf(newTopic(), 0, [1])).then(() => done.push('appended'));
      await saving;
      assert.deepEqual(done, ['appended', 'saved']);
    });

    test('of two that save one partition at once, one is told', async () => {
      await store.checkpoints.load(1_002);
      const saves = await Promise.allSettled(
        [1, 2].map((offset) => store.checkpoints.save(1_002, offset, manyChunks())),
      );
      assert.deepEqual(saves.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    });

    test('with another number of partitions each chunk goes where it belongs, and who held one holds none', async () => {
      const { checkpoints } = store;
      const loaded = async (partition: number) => {
        const checkpoint = await checkpoints.load(partition);
        return checkpoint && { ...checkpoint, chunks: Object.fromEntries([...checkpoint.chunks].sort()) };
      };
      /** A chunk `common` goes everywhere, others by their number; what the tests before left is gone. */
      const placesOf = (partitions: number) => (key: string) =>
        key === 'common'
          ? Array.from({ length: partitions }, (_, number) => number)
          : /^D\d+$/.test(key)
            ? [Number(key.slice(1)) % partitions]
            : [];
      await checkpoints.divide(2, placesOf(2));
      await checkpoints.divide(1, placesOf(1));
      await checkpoints.load(0);
      assert.equal(await checkpoints.divide(1, placesOf(1)), false);
      const many = Object.fromEntries(Array.from({ length: 1_500 }, (_, number) => [`D${number}`, number]));
      assert.equal(await checkpoints.save(0, 70_000, textsOf({ ...many, common: 'c', D3: undefined })), true);
      assert.equal(await checkpoints.save(0, 70_001, textsOf({ D1: 'newer', D2: undefined })), true);
      await assert.rejects(
        checkpoints.divide(3, () => {
          throw new Error('not so');
        }),
        /not so/,
      );
      assert.equal(await checkpoints.save(0, 70_002, textsOf({ D4: 'newest' })), true);
      await assert.rejects(checkpoints.save(0, 70_003, broken()));
      const done = await Promise.all([1, 2].map(() => checkpoints.divide(3, placesOf(3))));
      assert.deepEqual(done.sort(), [false, true]);
      assert.equal(await checkpoints.save(0, 70_003, textsOf({ D5: 'too late' })), false);
      const expected: Record<string, unknown> = { ...many, D1: 'newer', D4: 'newest' };
      for (const key of ['D2', 'D3']) delete expected[key];
      for (const partition of [0, 1, 2]) {
        const own = Object.entries(expected).filter(([key]) => Number(key.slice(1)) % 3 === partition);
        const chunks = Object.fromEntries([...own, ['common', 'c'] as const].sort());
        assert.deepEqual(await loaded(partition), { nextOffset: 70_002, chunks });
      }
      assert.equal(await checkpoints.save(1, 80_000, textsOf({ D1: 'of one' })), true);
      assert.equal(await checkpoints.divide(1, placesOf(1)), true);
      const whole = Object.entries({ ...expected, D1: 'of one', common: 'c' }).sort();
      assert.deepEqual(await loaded(0), { nextOffset: 70_002, chunks: Object.fromEntries(whole) });
      assert.equal(await checkpoints.load(1), undefined);
    });

    test('an idempotency key is reserved by one, then answers the same, then goes with age', async () => {
      const user = newUser();
      const reserve = (now = T0, hash = 'h') => store.accounts.reserveIdempotencyKey(user, 'key', hash, now);
      const answers = await Promise.all([reserve(), reserve(), reserve()]);
      assert.deepEqual([...answers].sort(), ['pending', 'pending', 'reserved']);
      await store.accounts.releaseIdempotencyKey(user, 'key');
      assert.equal(await reserve(), 'reserved');
      const answer = { requestHash: 'h', status: 201, body: '{"a":1}' };
      await store.accounts.saveIdempotentAnswer(user, 'key', answer);
      await store.accounts.releaseIdempotencyKey(user, 'key');
      assert.deepEqual(await reserve(), answer);
      assert.deepEqual(await reserve(T0, 'another request'), answer);
      assert.equal(await store.accounts.reserveIdempotencyKey(newUser(), 'key', 'h', T0 + 9), 'reserved');
      await store.accounts.trimIdempotencyKeys(T0 + 1);
      assert.equal(await reserve(), 'reserved');
    });

    test('the first secret is the one, until it is replaced', async () => {
      const known = await Promise.all(['one', 'two', 'three'].map((mark) => store.accounts.knowsSecret(mark)));
      assert.equal(known.filter(Boolean).length, 1);
      const first = ['one', 'two', 'three'][known.indexOf(true)] as string;
      assert.equal(await store.accounts.knowsSecret(first), true);
      await store.accounts.replaceSecret('four');
      assert.equal(await store.accounts.knowsSecret(first), false);
      assert.equal(await store.accounts.knowsSecret('four'), true);
    });

    test('a key whose request died with its process is free again after a minute', async () => {
      const user = newUser();
      const reserve = (now: number) => store.accounts.reserveIdempotencyKey(user, 'key', 'h', now);
      assert.equal(await reserve(T0), 'reserved');
      assert.equal(await reserve(T0 + 59_999), 'pending');
      assert.equal(await reserve(T0 + 60_000), 'reserved');
      assert.equal(await reserve(T0 + 60_001), 'pending');
    });
  });
}
