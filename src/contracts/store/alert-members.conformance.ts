/**
 * What every store must prove of alerts over watchlists: their members follow the list, and each has a life of its own.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Alert, AlertId } from '#domain/alert/alert.ts';
import type { Member } from '#domain/alert/member.ts';
import { printCondition } from '#domain/condition/printer.ts';
import type { Effect } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Store } from './store.ts';
import { EACH, LIMIT, overLists } from './testing/over-lists.ts';
import { newUser, sampleAlert, sampleChannel, T0 } from './testing/samples.ts';

const MANY = 1000;

export function alertMembersConformance(open: () => Promise<Store>): void {
  describe('alerts over watchlists', () => {
    let store: Store;
    before(async () => {
      store = await open();
    });
    after(() => store.close());

    const lists = overLists(() => store);
    const { instruments, listOf, sampleOver, over, find, membersOf, memberOn, changes } = lists;
    const { brief, became, firingOf, rewrite } = lists;

    test('an alert over a list has a member and a rule for each of its instruments', async () => {
      await changes();
      const symbols = await instruments(3);
      const list = await listOf(newUser(), symbols.toReversed());
      const alert = await over(list);
      assert.deepEqual([alert.symbol, alert.watchlist], [null, { id: list.id, name: list.name }]);
      assert.deepEqual([alert.status, alert.members, alert.epoch], ['arming', { arming: 3 }, 0]);
      const members = await membersOf(alert);
      assert.deepEqual(
        members.map(({ alertId, symbol, status, version, epoch }) => [alertId, symbol, status, version, epoch]),
        symbols.map((symbol) => [alert.id, symbol, 'arming', 1, 0]),
      );
      const said = await changes();
      assert.deepEqual(said.map(brief).sort(), members.map(({ id, symbol }) => `put ${symbol} ${id} 1`).sort());
      for (const change of said) {
        assert.ok(change.kind === 'put-rule' && change.at === T0 && change.rule.symbol === change.symbol);
        assert.deepEqual([change.rule.calendar, change.rule.staleAfterMs], ['24/7', 60_000]);
      }
      assert.deepEqual(await store.alerts.getMany([alert.id]), [alert]);
    });

    test('each rule knows what the alert looks at beside its member, also of one that comes later', async () => {
      await changes();
      const [first, second, other] = (await instruments(3)) as [InstrumentSymbol, InstrumentSymbol, InstrumentSymbol];
      const list = await listOf(newUser(), [first, other]);
      await over(list, { condition: `price > price(${other})` });
      const printed = async (): Promise<readonly string[]> =>
        (await changes()).map((change) => {
          assert.ok(change.kind === 'put-rule');
          const { symbol, condition, others = [] } = change.rule;
          return `${symbol}: ${printCondition(condition)} with ${others.map((one) => one.symbol).join()}`;
        });
      assert.deepEqual((await printed()).toSorted(), [
        `${first}: price > price(${other}) with ${other}`,
        `${other}: price > price with `,
      ]);
      await rewrite(list, { symbols: [first, second, other] });
      assert.deepEqual(await printed(), [`${second}: price > price(${other}) with ${other}`]);
    });

    test("nobody makes one over another's list, or sees another's members", async () => {
      const [user, stranger] = [newUser(), newUser()];
      const list = await listOf(user, await instruments(1));
      const alert = await over(list);
      const theirs = sampleOver({ ...list, userId: stranger });
      assert.equal(await store.alerts.create(theirs, EACH, LIMIT), 'no-watchlist');
      assert.equal(await store.alerts.count(stranger), 0);
      assert.deepEqual(await membersOf({ ...alert, userId: stranger }), []);
      assert.equal(await store.alerts.member(stranger, alert.id, list.symbols[0] as InstrumentSymbol), undefined);
    });

    test('an alert over an empty list waits for its first member', async () => {
      const user = newUser();
      const [symbol] = await instruments(1);
      const list = await listOf(user, []);
      const alert = await over(list);
      assert.deepEqual([alert.status, alert.members], ['armed', {}]);
      await rewrite(list, { symbols: [symbol as InstrumentSymbol] });
      assert.deepEqual((await find(alert)).members, { arming: 1 });
    });

    test('who comes into the list is armed, who leaves is not watched, everybody else stays as they are', async () => {
      const [a, b, c] = (await instruments(3)) as [InstrumentSymbol, InstrumentSymbol, InstrumentSymbol];
      const list = await listOf(newUser(), [a, b]);
      const alert = await over(list);
      const stayed = await memberOn(alert, b);
      await store.triggers.record([became(stayed, 'armed', 1, T0 + 5)], T0);
      const left = await memberOn(alert, a);
      await changes();
      const second = await rewrite(list, { symbols: [c, b] });
      const came = await memberOn(alert, c);
      assert.deepEqual((await changes()).map(brief), [`remove ${a} ${left.id}`, `put ${c} ${came.id} 1`]);
      assert.deepEqual(await memberOn(alert, b), { ...stayed, status: 'armed', epoch: 1, armedAt: T0 + 5 });
      assert.equal(await memberOn(alert, a), undefined);
      assert.deepEqual((await find(alert)).members, { armed: 1, arming: 1 });
      assert.equal((await find(alert)).version, 1, 'the alert itself is no other');
      const third = await rewrite(second, { symbols: [b, c] });
      assert.deepEqual(await changes(), [], 'another order is nothing to the evaluator');
      await rewrite(third, { symbols: [a, b, c] });
      const again = await memberOn(alert, a);
      assert.notEqual(again.id, left.id, 'who comes back is a new member');
    });

    test('a change of the alert arms every member anew, a pause holds for all, also for who comes in', async () => {
      const [a, b, c] = await instruments(3);
      const list = await listOf(newUser(), [a, b] as InstrumentSymbol[]);
      const alert = await over(list);
      const members = await membersOf(alert);
      await store.triggers.record(
        members.map((member) => became(member, 'armed', 1)),
        T0,
      );
      await changes();
      const edited: Alert = { ...alert, version: 2, condition: 'price > 200', status: 'arming' };
      assert.equal(await store.alerts.update(edited, EACH), 'updated');
      assert.equal(await store.alerts.update(edited, EACH), 'conflict');
      assert.deepEqual(
        (await changes()).map(brief),
        members.map(({ id, symbol }) => `put ${symbol} ${id} 2`),
      );
      const renewed = await membersOf(alert);
      assert.deepEqual(
        renewed.map(({ id, version, status, epoch, armedAt }) => [id, version, status, epoch, armedAt]),
        members.map(({ id }) => [id, 2, 'arming', 1, null]),
      );
      assert.equal(await store.alerts.update({ ...edited, version: 3, status: 'paused' }, EACH), 'updated');
      const paused = await find(alert);
      assert.deepEqual([paused.status, paused.members], ['paused', { paused: 2 }]);
      await changes();
      await rewrite(list, { symbols: [a, b, c] as InstrumentSymbol[] });
      const [put] = await changes();
      assert.ok(put?.kind === 'put-rule' && put.rule.paused && put.rule.version === 3);
      assert.deepEqual([(await find(alert)).status, (await find(alert)).members], ['paused', { paused: 3 }]);
    });

    test('each member fires by itself: its trigger is of the alert, and the others go on', async () => {
      const user = newUser();
      const channel = sampleChannel(user);
      await store.channels.create(channel, 9);
      const [a, b] = await instruments(2);
      const list = await listOf(user, [a, b] as InstrumentSymbol[]);
      const alert = await over(list, { channelIds: [channel.id] });
      const [one, other] = (await membersOf(alert)) as [Member, Member];
      const trigger = firingOf(alert, one, 1);
      const effects = [
        ...[one, other].map((member) => became(member, 'armed', 1, T0 + 7)),
        { kind: 'trigger', trigger } as const,
        became(one, 'done', 1),
      ];
      const recorded = await store.triggers.record(effects, T0);
      const [first] = recorded.triggers;
      assert.ok(first?.isNew);
      assert.deepEqual(
        [first.trigger.id, first.trigger.alertId, first.trigger.symbol, first.trigger.watchlist],
        [trigger.id, alert.id, a, list.name],
      );
      const now = await find(alert);
      assert.deepEqual(
        [now.status, now.members, now.armedAt, now.lastTriggeredAt],
        ['armed', { armed: 1, done: 1 }, T0 + 7, trigger.firedAt],
      );
      assert.deepEqual(recorded.alerts, [now]);
      assert.deepEqual(first.alert, now);
      assert.equal(recorded.deliveries.length, 1);
      assert.deepEqual(await store.triggers.getMany([trigger.id]), [first.trigger]);
      const page = { cursor: null, limit: 9 };
      assert.deepEqual((await store.triggers.list(user, { alertId: alert.id }, page)).items, [first.trigger]);
      assert.deepEqual((await store.triggers.list(user, { symbol: b as InstrumentSymbol }, page)).items, []);
      const again = await store.triggers.record(effects, T0 + 1);
      assert.deepEqual(again.triggers, [{ ...first, isNew: false }]);
      assert.deepEqual(await find(alert), now);
      await store.triggers.record(
        [{ kind: 'trigger', trigger: firingOf(alert, other, 1) }, became(other, 'done', 1)],
        T0,
      );
      assert.equal((await find(alert)).status, 'done', 'it is over when every member is');
      assert.equal((await store.triggers.list(user, { alertId: alert.id }, page)).items.length, 2);
    });

    test('what is said of a member that has left is dropped, and does not touch who came back', async () => {
      const user = newUser();
      const [a] = await instruments(1);
      const list = await listOf(user, [a] as InstrumentSymbol[]);
      const alert = await over(list);
      const left = await memberOn(alert, a);
      const empty = await rewrite(list, { symbols: [] });
      await rewrite(empty, { symbols: [a] as InstrumentSymbol[] });
      const late: Effect[] = [
        became(left, 'armed', 1),
        { kind: 'trigger', trigger: firingOf(alert, left, 1) },
        became(left, 'done', 1),
      ];
      assert.deepEqual((await store.triggers.record(late, T0)).triggers, []);
      const back = await memberOn(alert, a);
      assert.deepEqual([back.status, back.epoch], ['arming', 0]);
      const own = firingOf(alert, back, 1);
      assert.equal((await store.triggers.record([{ kind: 'trigger', trigger: own }], T0)).triggers[0]?.isNew, true);
      assert.deepEqual(
        (await store.triggers.list(user, { alertId: alert.id }, { cursor: null, limit: 9 })).items.map(({ id }) => id),
        [own.id],
      );
    });

    test('what a member fired stays when it leaves, and when it fired last', async () => {
      const user = newUser();
      const [a] = await instruments(1);
      const list = await listOf(user, [a] as InstrumentSymbol[]);
      const alert = await over(list);
      const trigger = firingOf(alert, await memberOn(alert, a), 1);
      await store.triggers.record([{ kind: 'trigger', trigger }], T0);
      await rewrite(list, { symbols: [] });
      const now = await find(alert);
      assert.deepEqual([now.members, now.lastTriggeredAt], [{}, trigger.firedAt]);
      assert.equal((await store.triggers.getMany([trigger.id])).length, 1);
    });

    test('a list that is watched is not removed; without its alerts it is', async () => {
      const user = newUser();
      const list = await listOf(user, await instruments(2));
      const alert = await over(list);
      assert.deepEqual(await store.watchlists.remove(user, list.id), { watchedBy: [alert] });
      const members = await membersOf(alert);
      await changes();
      assert.equal(await store.alerts.remove(user, alert.id, EACH), 'removed');
      assert.deepEqual(
        (await changes()).map(brief),
        members.map(({ id, symbol }) => `remove ${symbol} ${id}`),
      );
      assert.deepEqual(await membersOf(alert), []);
      assert.equal(await store.watchlists.remove(user, list.id), 'removed');
      const orphan = sampleOver(list);
      assert.equal(await store.alerts.create(orphan, EACH, LIMIT), 'no-watchlist');
    });

    test('a new name of the list is known to its alerts, and to what they fire from then on', async () => {
      const user = newUser();
      const [a] = await instruments(1);
      const list = await listOf(user, [a] as InstrumentSymbol[]);
      const alert = await over(list);
      await rewrite(list, { name: `Renamed ${list.id}` });
      assert.deepEqual((await find(alert)).watchlist, { id: list.id, name: `Renamed ${list.id}` });
      const trigger = firingOf(alert, await memberOn(alert, a), 1);
      const { triggers } = await store.triggers.record([{ kind: 'trigger', trigger }], T0);
      assert.equal(triggers[0]?.trigger.watchlist, `Renamed ${list.id}`);
    });

    test("the limit of members counts all of a user's alerts, and what leaves makes room", async () => {
      const user = newUser();
      const symbols = await instruments(3);
      const list = await listOf(user, symbols.slice(0, 2));
      const limited = { ...EACH, maxMembers: 5 };
      const make = (): Promise<string> => store.alerts.create(sampleOver(list), limited, LIMIT);
      assert.deepEqual([await make(), await make(), await make()], ['created', 'created', 'members-reached']);
      assert.equal(await store.alerts.count(user), 2, 'a refused one takes no place');
      const grown = { ...list, version: 2, symbols };
      assert.equal(await store.watchlists.update(grown, limited), 'members-reached');
      assert.deepEqual((await store.watchlists.get(user, list.id))?.symbols, list.symbols);
      assert.equal(typeof (await store.watchlists.update(grown, { ...limited, maxMembers: 6 })), 'object');
      const short = { ...list, version: 3, symbols: [] };
      assert.equal(typeof (await store.watchlists.update(short, limited)), 'object');
      const back = { ...list, version: 4, symbols: symbols.slice(0, 1) };
      assert.equal(typeof (await store.watchlists.update(back, limited)), 'object');
      assert.deepEqual([await make(), await make(), await make()], ['created', 'created', 'created']);
      const [first] = (await store.alerts.list(user, { sort: 'createdAt' }, { cursor: null, limit: 1 })).items;
      assert.equal(await make(), 'members-reached');
      assert.equal(await store.alerts.remove(user, (first as Alert).id, EACH), 'removed');
      assert.equal(await make(), 'created');
    });

    test('alerts are found by list, and by every instrument their list has', async () => {
      const user = newUser();
      const [a, b] = (await instruments(2)) as [InstrumentSymbol, InstrumentSymbol];
      const list = await listOf(user, [a]);
      const alert = await over(list);
      const plain = sampleAlert(user, { symbol: b, createdAt: T0 + 1 });
      await store.alerts.create(plain, { kind: 'remove-rule', symbol: b, alertId: plain.id, version: 1 }, LIMIT);
      const found = async (filter: object): Promise<readonly AlertId[]> =>
        (await store.alerts.list(user, { sort: 'symbol', ...filter }, { cursor: null, limit: 9 })).items.map(
          ({ id }) => id,
        );
      assert.deepEqual(await found({}), [alert.id, plain.id]);
      assert.deepEqual(await found({ symbol: a }), [alert.id]);
      assert.deepEqual(await found({ symbol: b }), [plain.id]);
      assert.deepEqual(await found({ watchlistId: list.id }), [alert.id]);
    });

    test('whatever is changed at once, the members are those of the list, and the evaluator hears of all in order', async () => {
      const user = newUser();
      const symbols = await instruments(6);
      let list = await listOf(user, symbols.slice(0, 3));
      const alert = await over(list);
      await changes();
      const puts = new Map((await membersOf(alert)).map(({ id, version }) => [id, version]));
      for (let round = 0; round < 8; round += 1) {
        const wanted = symbols.filter((_, place) => ((round * 37) >> place) & 1);
        const edits = [1, 2].map(async () => {
          const before = await find(alert);
          const next: Alert = { ...before, version: before.version + 1, condition: `price > ${150 + round}` };
          return store.alerts.update({ ...next, status: round % 3 === 0 ? 'paused' : 'arming' }, EACH);
        });
        const next = { ...list, version: list.version + 1, symbols: wanted };
        const news = membersOf(alert).then((members) =>
          store.triggers.record(
            members.map((member) => became(member, 'armed', member.epoch + 1)),
            T0,
          ),
        );
        await Promise.all([...edits, store.watchlists.update(next, EACH), news]);
        list = next;
        const now = await find(alert);
        const members = await membersOf(alert);
        assert.deepEqual(
          members.map(({ symbol }) => symbol),
          wanted,
        );
        assert.equal(
          Object.values(now.members ?? {}).reduce((sum, count) => sum + count, 0),
          wanted.length,
        );
        for (const change of await changes()) {
          if (change.kind === 'remove-rule') puts.delete(change.alertId);
          else {
            assert.ok(change.rule.version > (puts.get(change.rule.alertId) ?? 0), 'versions rise');
            puts.set(change.rule.alertId, change.rule.version);
          }
        }
        assert.deepEqual(
          new Map([...puts].sort()),
          new Map(members.map(({ id }): [AlertId, number] => [id, now.version]).sort()),
          'what the evaluator runs is what the store says',
        );
      }
    });

    test("all of a user's alerts over lists go to another user with the lists", async () => {
      const [from, to] = [newUser(), newUser()];
      const symbols = await instruments(2);
      const list = await listOf(from, symbols);
      const alert = await over(list);
      await listOf(to, []).then((own) => rewrite(own, { name: list.name }));
      await store.watchlists.reassign(from, to);
      await store.alerts.reassign(from, to);
      const moved = await find({ ...alert, userId: to });
      assert.deepEqual(moved.watchlist, { id: list.id, name: `${list.name} (2)` });
      assert.equal((await membersOf(moved)).length, 2);
      const next = sampleOver({ ...list, userId: to });
      assert.equal(await store.alerts.create(next, { ...EACH, maxMembers: 3 }, LIMIT), 'members-reached');
      assert.equal(await store.alerts.create(next, { ...EACH, maxMembers: 4 }, LIMIT), 'created');
    });

    test(`a list of ${MANY} with alerts on it is no trouble`, async () => {
      const user = newUser();
      await changes();
      const symbols = await instruments(MANY);
      const list = await listOf(user, symbols.slice(0, MANY / 2));
      const alerts = [await over(list), await over(list)];
      await rewrite(list, { symbols });
      assert.equal((await changes()).length, 2 * MANY);
      for (const alert of alerts) {
        assert.deepEqual((await find(alert)).members, { arming: MANY });
        const members = await membersOf(alert);
        assert.deepEqual(members.map(({ symbol }) => symbol).sort(), symbols);
        await store.triggers.record(
          members.map((member) => became(member, 'armed', 1)),
          T0,
        );
        assert.deepEqual((await find(alert)).members, { armed: MANY });
      }
    });
  });
}
