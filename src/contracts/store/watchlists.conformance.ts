/**
 * What every store must prove of watchlists.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { UserId } from '#domain/alert/alert.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Watchlist } from '#domain/watchlist/watchlist.ts';
import type { Store } from './store.ts';
import { newUser, sampleWatchlist, T0 } from './testing/samples.ts';

const LIMIT = 100;
const symbols = (text: string): InstrumentSymbol[] => text.split(' ') as InstrumentSymbol[];

export function watchlistsConformance(open: () => Promise<Store>): void {
  describe('watchlists', () => {
    let store: Store;
    before(async () => {
      store = await open();
    });
    after(() => store.close());

    const create = async (userId: UserId, more: Partial<Watchlist> = {}): Promise<Watchlist> => {
      const list = sampleWatchlist(userId, more);
      assert.equal(await store.watchlists.create(list, LIMIT), 'created');
      return list;
    };

    const update = async (list: Watchlist): Promise<string> => {
      const outcome = await store.watchlists.update(list, { kind: 'each-member', at: T0, maxMembers: LIMIT });
      return typeof outcome === 'string' ? outcome : 'updated';
    };

    test('a list comes back as it was given, in its order, to its user alone', async () => {
      const user = newUser();
      const list = await create(user, { name: 'é "quoted", {braces}, \\ and NULL' });
      const empty = await create(user, { name: 'Empty', symbols: [] });
      assert.deepEqual(await store.watchlists.get(user, list.id), list);
      assert.deepEqual(await store.watchlists.list(user), [empty, list]);
      const stranger = newUser();
      assert.equal(await store.watchlists.get(stranger, list.id), undefined);
      assert.deepEqual(await store.watchlists.list(stranger), []);
      assert.equal(await update({ ...list, userId: stranger, version: 2 }), 'not-found');
      assert.equal(await store.watchlists.remove(stranger, list.id), 'not-found');
      assert.deepEqual(await store.watchlists.get(user, list.id), list);
    });

    test('a change is made on the version that was read, or not at all', async () => {
      const user = newUser();
      const list = await create(user);
      const changed = { ...list, name: 'Renamed', symbols: symbols('B A'), version: 2, updatedAt: T0 + 1 };
      assert.equal(await update(changed), 'updated');
      assert.deepEqual(await store.watchlists.get(user, list.id), changed);
      assert.equal(await update({ ...changed, symbols: [] }), 'conflict');
      assert.equal(await update({ ...changed, version: 4 }), 'conflict');
      assert.deepEqual(await store.watchlists.get(user, list.id), changed);
      const answers = await Promise.all(
        ['C', 'D', 'E'].map((text) => update({ ...changed, version: 3, symbols: symbols(text) })),
      );
      assert.deepEqual(answers.toSorted(), ['conflict', 'conflict', 'updated']);
    });

    test('a name is taken once, whatever its case, however many ask at once', async () => {
      const user = newUser();
      const lists = ['Coins', 'COINS', ' coins', 'Stocks'].map((name) => sampleWatchlist(user, { name }));
      const answers = await Promise.all(lists.map((list) => store.watchlists.create(list, LIMIT)));
      assert.deepEqual(answers.toSorted(), ['created', 'created', 'name-taken', 'name-taken']);
      const [, stocks] = await store.watchlists.list(user);
      assert.equal(stocks?.name, 'Stocks');
      assert.equal(await update({ ...(stocks as Watchlist), name: 'cOINS', version: 2 }), 'name-taken');
      assert.equal(await update({ ...(stocks as Watchlist), name: 'STOCKS', version: 2 }), 'updated');
      await create(newUser(), { name: 'Coins' });
    });

    test('the limit holds however many ask at once, and a removed list makes room', async () => {
      const user = newUser();
      const lists = Array.from({ length: 6 }, () => sampleWatchlist(user));
      const answers = await Promise.all(lists.map((list) => store.watchlists.create(list, 3)));
      assert.equal(answers.filter((answer) => answer === 'created').length, 3);
      assert.equal(answers.filter((answer) => answer === 'limit-reached').length, 3);
      const made = lists[answers.indexOf('created')] as Watchlist;
      assert.equal(await store.watchlists.remove(user, made.id), 'removed');
      assert.equal(await store.watchlists.remove(user, made.id), 'not-found');
      assert.equal(await store.watchlists.create(sampleWatchlist(user), 3), 'created');
    });

    test("all of a user's lists go to another user, who keeps the names of their own", async () => {
      const [from, to] = [newUser(), newUser()];
      const coins = await create(from, { name: 'Coins' });
      const second = await create(from, { name: 'Coins (2)' });
      const own = await create(to, { name: 'coins' });
      await store.watchlists.reassign(from, to);
      assert.deepEqual(await store.watchlists.list(from), []);
      const names = (await store.watchlists.list(to)).map(({ name }) => name);
      assert.equal(new Set(names.map((name) => name.toLowerCase())).size, 3);
      assert.deepEqual(await store.watchlists.get(to, own.id), own);
      assert.deepEqual((await store.watchlists.get(to, coins.id))?.symbols, coins.symbols);
      assert.deepEqual((await store.watchlists.get(to, second.id))?.symbols, second.symbols);
      assert.equal(await store.watchlists.create(sampleWatchlist(to), 3), 'limit-reached');
      assert.equal(await store.watchlists.create(sampleWatchlist(from), 1), 'created');
    });

    test('a list of thousands is one row', async () => {
      const user = newUser();
      const many = Array.from({ length: 5000 }, (_, index) => `S${index}` as InstrumentSymbol);
      const list = await create(user, { symbols: many });
      assert.deepEqual((await store.watchlists.get(user, list.id))?.symbols, many);
    });
  });
}
