import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newsIn } from '#contracts/alert-events.ts';
import type { News } from '#contracts/topics.ts';
import { messagesOf } from './news.ts';

const partitionOf = (_: string, userId: string): number => Number(userId.slice(1)) % 3;
const newsOf = (user: number, place: number): News =>
  ({ kind: 'alert', userId: `u${user}`, alert: { id: String(place) } }) as unknown as News;

test('all is said, to each partition in its order, in few messages; what is alone goes alone', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(8), { maxLength: 400 }), (users) => {
      const news = users.map(newsOf);
      const messages = messagesOf(news, { partitionOf });
      for (const partition of [0, 1, 2]) {
        const here = (userId: string): boolean => partitionOf('alerts', userId) === partition;
        const said = messages.filter(({ key }) => here(key));
        assert.deepEqual(
          said.flatMap(({ value }) => newsIn(value)),
          news.filter(({ userId }) => here(userId)),
        );
        const count = news.filter(({ userId }) => here(userId)).length;
        assert.equal(said.length, Math.ceil(count / 50));
        for (const { value } of said) assert.equal(value.kind === 'several', newsIn(value).length > 1);
      }
    }),
  );
});
