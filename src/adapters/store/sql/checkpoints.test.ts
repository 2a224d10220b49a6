/** Two programs on one database, of which one evaluates a partition that the other has taken over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openTestStore } from '../../../../test/support/store.ts';
import { createStore } from './store.ts';

const chunks = (count: number, text: string): Map<string, string> =>
  new Map(Array.from({ length: count }, (_, index) => [`S${index}`, `"${text} ${index}"`]));

test('whoever loaded a partition before saves no more, wherever it was when the other came', async (t) => {
  const store = await openTestStore();
  t.after(() => store.close());
  const [old, heir] = [createStore(store.database), createStore(store.database)];
  let wereRefused = 0;
  for (let turns = 0; turns < 40; turns += 3) {
    const partition = turns;
    await old.checkpoints.load(partition);
    assert.ok(await old.checkpoints.save(partition, 100, chunks(300, 'before')));
    const late = old.checkpoints.save(partition, 130, chunks(200, 'late'));
    for (let turn = 0; turn < turns; turn++) await nextTurn();
    const loaded = await heir.checkpoints.load(partition);
    const isSaved = await late;
    if (!isSaved) wereRefused += 1;
    assert.equal(loaded?.nextOffset, isSaved ? 130 : 100);
    const expected = new Map(chunks(300, 'before'));
    if (isSaved) for (const [key, chunk] of chunks(200, 'late')) expected.set(key, chunk);
    const sorted = (of: ReadonlyMap<string, unknown> | undefined) => [...(of ?? [])].sort();
    const read = () => [...expected].map(([key, text]) => [key, JSON.parse(text)]).sort();
    assert.deepEqual(sorted(loaded?.chunks), read());
    assert.equal(await old.checkpoints.save(partition, 140, chunks(300, 'later')), false);
    assert.ok(await heir.checkpoints.save(partition, 150, chunks(3, 'heir')));
    for (const [key, chunk] of chunks(3, 'heir')) expected.set(key, chunk);
    assert.deepEqual(sorted((await heir.checkpoints.load(partition))?.chunks), read());
  }
  assert.ok(wereRefused > 0 && wereRefused < 14, `${wereRefused} of 14 were refused`);
});
