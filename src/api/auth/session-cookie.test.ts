import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { sessionCookies } from './session-cookie.ts';

const SECRET = 'the secret of the test';
const NOW = 1_000_000;
const cookieOf = (token: string, secret = SECRET): string =>
  `other=1; name=${encodeURIComponent(`${token}.${createHmac('sha256', secret).update(token).digest('base64')}`)}`;

function reader(sessions: Readonly<Record<string, number>>) {
  const asked: string[][] = [];
  const read = sessionCookies({
    cookieName: 'name',
    secret: SECRET,
    renewBelowMs: 100,
    now: () => NOW,
    find: async (tokens) => {
      asked.push([...tokens]);
      return tokens
        .filter((token) => token in sessions)
        .map((token) => ({
          ...{ token, expiresAt: NOW + (sessions[token] as number) },
          user: { id: `user of ${token}`, email: 'a@b', name: 'a', isAnonymous: true },
        }));
    },
  });
  return { read, asked };
}

test('each cookie of many proves its own user, asked about together and each once', async () => {
  const { read, asked } = reader({ one: 500, two: 500 });
  const found = await Promise.all(['one', 'two', 'one', 'gone'].map((token) => read(cookieOf(token))));
  assert.deepEqual(
    found.map((identity) => identity?.userId),
    ['user of one', 'user of two', 'user of one', undefined],
  );
  assert.equal(found[0]?.email, null);
  assert.deepEqual(asked.flat().sort(), ['gone', 'one', 'one', 'two']);
  assert.ok(asked.length <= 2);
});

test('a cookie that we did not sign, or that has to be renewed, proves nothing here', async () => {
  const { read, asked } = reader({ one: 500, old: 99, ended: -1 });
  for (const cookies of [
    cookieOf('one', 'another secret'),
    'name=one',
    'name=one.',
    'name=%',
    cookieOf('one').replace('name=', 'nam='),
    cookieOf('one').replace('one', 'two'),
  ])
    assert.equal(await read(cookies), undefined, cookies);
  assert.deepEqual(asked, []);
  assert.equal(await read(cookieOf('old')), undefined);
  assert.equal(await read(cookieOf('ended')), undefined);
});
