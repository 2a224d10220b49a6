/**
 * What every store must prove of instruments.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Store } from './store.ts';
import { newSymbol, newUser, sampleInstrument } from './testing/samples.ts';

export function instrumentsConformance(open: () => Promise<Store>): void {
  describe('instruments', () => {
    let store: Store;
    before(async () => {
      store = await open();
    });
    after(() => store.close());
    const { resolve, search } = {
      resolve: async (user: ReturnType<typeof newUser> | null, text: string) =>
        (await store.instruments.resolve(user, text))?.symbol,
      search: async (query: string, limit = 20) =>
        (await store.instruments.search(null, query, limit)).map(({ symbol }) => symbol),
    };

    test('a shared one is found by symbol and alias, in any case, and brought up to date', async () => {
      const symbol = newSymbol();
      const one = sampleInstrument({ symbol, aliases: [`${symbol}A`, `${symbol}B`], providers: { a: 'b' } });
      await store.instruments.upsertShared([one]);
      assert.deepEqual(await store.instruments.resolve(null, ` ${symbol.toLowerCase()} `), one);
      assert.equal(await resolve(null, `${symbol}b`), symbol);
      const changed = { ...one, name: 'New name', aliases: [`${symbol}B`], decimals: 8 };
      await store.instruments.upsertShared([changed]);
      assert.deepEqual(await store.instruments.getMany([symbol]), [changed]);
      assert.equal(await resolve(null, `${symbol}A`), undefined);
      assert.equal(await resolve(null, newSymbol()), undefined);
    });

    test('many are found at once, each as it would be by itself', async () => {
      const user = newUser();
      const [a, b, c] = [newSymbol(), newSymbol(), newSymbol()];
      const one = sampleInstrument({ symbol: a, aliases: [`${a}X`] });
      const other = sampleInstrument({ symbol: b });
      const own = sampleInstrument({ symbol: c, ownerId: user, kind: 'custom' });
      await store.instruments.upsertShared([one, other]);
      await store.instruments.createPrivate(own, 1);
      const asked = [b, ` ${a.toLowerCase()}x`, newSymbol(), a, c, b];
      assert.deepEqual(await store.instruments.resolveMany(user, asked), [other, one, undefined, one, own, other]);
      assert.deepEqual(await store.instruments.resolveMany(null, [c]), [undefined]);
      assert.deepEqual(await store.instruments.resolveMany(user, []), []);
    });

    test('an alias that another has stays with it; a symbol is stronger than an alias', async () => {
      const [a, b] = [newSymbol(), newSymbol()];
      const shared = `${a}X`;
      await store.instruments.upsertShared([sampleInstrument({ symbol: a, aliases: [shared, b] })]);
      assert.equal(await resolve(null, b), a);
      await store.instruments.upsertShared([sampleInstrument({ symbol: b, aliases: [shared] })]);
      assert.equal(await resolve(null, shared), a);
      assert.equal(await resolve(null, b), b);
      assert.deepEqual((await store.instruments.getMany([b]))[0]?.aliases, []);
    });

    test("a private one is seen by its user alone, takes no other's name, and is limited", async () => {
      const [user, other] = [newUser(), newUser()];
      const symbol = newSymbol();
      const mine = sampleInstrument({ symbol, ownerId: user, kind: 'custom', aliases: [`${symbol}-MINE`] });
      assert.equal(await store.instruments.createPrivate(mine, 2), 'created');
      assert.deepEqual(await store.instruments.resolve(user, symbol), mine);
      for (const stranger of [other, null]) {
        assert.equal(await resolve(stranger, symbol), undefined);
        assert.deepEqual(await store.instruments.search(stranger, symbol, 9), []);
      }
      assert.deepEqual(await store.instruments.search(user, symbol, 9), [mine]);
      assert.equal(await store.instruments.createPrivate({ ...mine, ownerId: other }, 2), 'taken');
      const byAlias = sampleInstrument({ ownerId: other, aliases: [`${symbol}-MINE`] });
      assert.equal(await store.instruments.createPrivate(byAlias, 2), 'taken');
      assert.equal(await store.instruments.createPrivate(sampleInstrument({ ownerId: user }), 2), 'created');
      assert.equal(await store.instruments.createPrivate(sampleInstrument({ ownerId: user }), 2), 'limit-reached');
      await store.instruments.reassign(user, other);
      assert.equal(await resolve(other, symbol), symbol);
      assert.equal(await resolve(user, symbol), undefined);
      assert.ok((await store.instruments.all()).some((one) => one.symbol === symbol));
    });

    test('a catalogue does not make a private instrument public', async () => {
      const user = newUser();
      const mine = sampleInstrument({ ownerId: user });
      await store.instruments.createPrivate(mine, 1);
      const beside = sampleInstrument({ aliases: [mine.symbol] });
      await store.instruments.upsertShared([{ ...mine, ownerId: null, name: 'Public' }, beside]);
      assert.equal(await resolve(null, mine.symbol), undefined);
      assert.deepEqual(await store.instruments.resolve(user, mine.symbol), mine);
      assert.deepEqual(await store.instruments.getMany([beside.symbol]), [{ ...beside, aliases: [] }]);
    });

    test('two users who make the same symbol at once: one has it', async () => {
      const symbol = newSymbol();
      const answers = await Promise.all(
        [newUser(), newUser(), newUser()].map((user) =>
          store.instruments.createPrivate(sampleInstrument({ symbol, ownerId: user }), 5),
        ),
      );
      assert.deepEqual([...answers].sort(), ['created', 'taken', 'taken']);
    });

    test('search gives the best match first and takes no character for a pattern', async () => {
      const word = newSymbol().replaceAll('-', '');
      const named = (symbol: string, more: Partial<Instrument> = {}) =>
        sampleInstrument({ symbol: symbol as InstrumentSymbol, name: 'Nothing', ...more });
      const list = [
        named(word),
        named(`Z1${word}`, { aliases: [`${word}ALIAS`] }),
        named(`Z2${word.slice(2)}`, { name: `${word} at the beginning` }),
        named(`Z3${word.slice(2)}`, { name: `Ends with ${word.toLowerCase()}` }),
      ];
      await store.instruments.upsertShared([...list].reverse());
      assert.deepEqual(
        await search(word.toLowerCase()),
        list.map(({ symbol }) => symbol),
      );
      assert.deepEqual(await search(word, 2), [list[0]?.symbol, list[1]?.symbol]);
      assert.deepEqual(await search(`${word}%`), []);
      assert.deepEqual(await search(`${word.slice(0, -1)}_`), []);
      assert.deepEqual(await search(`${word}\\`), []);
    });
  });
}
