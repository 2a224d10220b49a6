/**
 * What every store must prove of alerts, the outbox and channels.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Alert, UserId } from '#domain/alert/alert.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { Failure } from '#errors.ts';
import type { AlertFilter, OutboxEntry } from './alerts.ts';
import type { Store } from './store.ts';
import {
  fired,
  newUser,
  putRule,
  removeRule,
  sampleAlert,
  sampleChannel,
  sampleTrigger,
  T0,
} from './testing/samples.ts';

const LIMIT = 100;

export function alertsConformance(open: () => Promise<Store>): void {
  describe('alerts and channels', () => {
    let store: Store;
    before(async () => {
      store = await open();
    });
    after(() => store.close());

    const create = async (userId: UserId, more: Partial<Alert> = {}): Promise<Alert> => {
      const alert = sampleAlert(userId, more);
      assert.equal(await store.alerts.create(alert, putRule(alert), LIMIT), 'created');
      return alert;
    };
    const outbox = (): Promise<readonly OutboxEntry[]> => store.alerts.outbox(1000);
    const drain = async (): Promise<void> => store.alerts.markPublished((await outbox()).map(({ id }) => id));

    test('an alert comes back as it was given, to its user alone', async () => {
      const user = newUser();
      const alert = await create(user, { expiresAt: T0 + 5, message: null, cooldownMs: 0 });
      const other = await create(user, { severity: 'critical', session: 'all', gap: 'skip', frequency: 'once' });
      const policy = { rearm: { value: 0.5, unit: 'percent' }, remindEveryMs: 60_000, barMs: 300_000 } as const;
      const strict = await create(user, policy);
      assert.deepEqual(await store.alerts.get(user, strict.id), strict);
      assert.deepEqual(await store.alerts.get(user, alert.id), alert);
      assert.deepEqual(await store.alerts.get(user, other.id), other);
      assert.equal(await store.alerts.get(newUser(), alert.id), undefined);
      const stranger = newUser();
      assert.deepEqual(
        (await store.alerts.list(stranger, { sort: 'createdAt' }, { cursor: null, limit: 9 })).items,
        [],
      );
      assert.equal(await store.alerts.remove(stranger, alert.id, removeRule(alert)), 'not-found');
      const stolen = { ...alert, userId: stranger, version: 2 };
      assert.equal(await store.alerts.update(stolen, putRule(stolen)), 'not-found');
    });

    test('an update leaves what the evaluator says of it: a firing since the user looked is not forgotten', async () => {
      const alert = await create(newUser());
      const trigger = sampleTrigger(alert, 1);
      await store.triggers.record([fired(trigger)], T0);
      const edited = { ...alert, version: 2, condition: 'price > 1', updatedAt: T0 + 1 };
      assert.equal(await store.alerts.update(edited, putRule(edited)), 'updated');
      const now = await store.alerts.get(alert.userId, alert.id);
      assert.deepEqual([now?.lastTriggeredAt, now?.condition], [trigger.firedAt, 'price > 1']);
    });

    test('details change without a new version or a word to the evaluator, and only for their owner', async () => {
      await drain();
      const alert = await create(newUser());
      await drain();
      const { userId, id } = alert;
      const details = { message: 'new', severity: 'critical', updatedAt: T0 + 5 } as const;
      assert.equal(await store.alerts.updateDetails(newUser(), id, details), undefined);
      assert.deepEqual(await store.alerts.updateDetails(userId, id, details), { ...alert, ...details });
      assert.deepEqual(await store.alerts.get(userId, id), { ...alert, ...details });
      assert.deepEqual(await outbox(), []);
    });

    test('each change stands in the outbox, in order, until it is marked', async () => {
      await drain();
      const user = newUser();
      const alert = await create(user);
      const edited = { ...alert, version: 2, condition: 'price > 1', updatedAt: T0 + 1 };
      assert.equal(await store.alerts.update(edited, putRule(edited)), 'updated');
      assert.equal(await store.alerts.remove(user, alert.id, removeRule(edited)), 'removed');
      const entries = await outbox();
      assert.deepEqual(
        entries.map(({ change }) => change),
        [putRule(alert), putRule(edited), removeRule(edited)],
      );
      assert.deepEqual(await store.alerts.outbox(1), entries.slice(0, 1));
      await store.alerts.markPublished(entries.slice(0, 2).map(({ id }) => id));
      assert.deepEqual(await outbox(), entries.slice(2));
    });

    test('an update of an old version, and one after removal, changes nothing and is not published', async () => {
      const user = newUser();
      const alert = await create(user);
      const second = { ...alert, version: 2, message: 'second' };
      assert.equal(await store.alerts.update(second, putRule(second)), 'updated');
      await drain();
      const late = { ...alert, version: 2, message: 'late' };
      assert.equal(await store.alerts.update(late, putRule(late)), 'conflict');
      assert.deepEqual(await store.alerts.get(user, alert.id), second);
      await store.alerts.remove(user, alert.id, removeRule(second));
      await drain();
      const third = { ...alert, version: 3 };
      assert.equal(await store.alerts.update(third, putRule(third)), 'not-found');
      assert.equal(await store.alerts.remove(user, alert.id, removeRule(third)), 'not-found');
      assert.deepEqual(await outbox(), []);
      assert.equal(await store.alerts.get(user, alert.id), undefined);
      assert.deepEqual(
        (await store.alerts.getMany([alert.id])).map(({ id }) => id),
        [alert.id],
      );
    });

    test('the limit holds however many ask at once, and a removed alert makes room', async () => {
      const user = newUser();
      const alerts = Array.from({ length: 8 }, () => sampleAlert(user));
      const answers = await Promise.all(alerts.map((alert) => store.alerts.create(alert, putRule(alert), 3)));
      assert.equal(answers.filter((answer) => answer === 'created').length, 3);
      assert.equal(answers.filter((answer) => answer === 'limit-reached').length, 5);
      assert.equal(await store.alerts.count(user), 3);
      const made = alerts[answers.indexOf('created')] as Alert;
      assert.equal(await store.alerts.remove(user, made.id, removeRule(made)), 'removed');
      assert.equal(await store.alerts.count(user), 2);
      const next = sampleAlert(user);
      assert.equal(await store.alerts.create(next, putRule(next), 3), 'created');
    });

    test('lists come in each order, filtered, in pages that hold every alert once', async () => {
      const user = newUser();
      const made: Alert[] = [];
      for (let i = 0; i < 23; i++)
        made.push(
          await create(user, {
            symbol: `S${(i * 7) % 5}` as InstrumentSymbol,
            status: i % 3 === 0 ? 'armed' : 'cooling',
            createdAt: T0 + ((i * 5) % 7),
            lastTriggeredAt: i % 4 === 0 ? null : T0 + ((i * 3) % 6),
          }),
        );
      const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);
      const orders: Record<AlertFilter['sort'], (a: Alert, b: Alert) => number> = {
        createdAt: (a, b) => a.createdAt - b.createdAt || compare(a.id, b.id),
        '-createdAt': (a, b) => b.createdAt - a.createdAt || compare(b.id, a.id),
        symbol: (a, b) => compare(String(a.symbol), String(b.symbol)) || compare(a.id, b.id),
        '-lastTriggeredAt': (a, b) => (b.lastTriggeredAt ?? -1) - (a.lastTriggeredAt ?? -1) || compare(b.id, a.id),
      };
      for (const sort of Object.keys(orders) as AlertFilter['sort'][])
        for (const filter of [{}, { status: ['armed'] }, { symbol: 'S1' }, { status: [] }] as Partial<AlertFilter>[]) {
          const expected = made
            .filter(({ status }) => filter.status === undefined || filter.status.includes(status))
            .filter(({ symbol }) => filter.symbol === undefined || filter.symbol === symbol)
            .sort(orders[sort]);
          const got: Alert[] = [];
          let cursor: string | null = null;
          do {
            const page = await store.alerts.list(user, { ...filter, sort }, { cursor, limit: 4 });
            assert.ok(page.items.length <= 4);
            got.push(...page.items);
            cursor = page.nextCursor;
          } while (cursor !== null);
          assert.deepEqual(got, expected, `${sort} ${JSON.stringify(filter)}`);
        }
    });

    test('a cursor that is not of this list is refused, not misread', async () => {
      const user = newUser();
      for (let i = 0; i < 3; i++) await create(user);
      const list = (sort: AlertFilter['sort'], cursor: string) =>
        store.alerts.list(user, { sort }, { cursor, limit: 1 });
      const { nextCursor } = await store.alerts.list(user, { sort: 'createdAt' }, { cursor: null, limit: 1 });
      const own = String(nextCursor);
      const write = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      for (const cursor of ['', 'x', '%%%', own.slice(0, -3), write({}), write(['createdAt', 'x', 'y']), write(null)])
        await assert.rejects(
          list('createdAt', cursor),
          (error) => error instanceof Failure && error.code === 'bad-request' && error.errors[0]?.field === 'cursor',
          cursor,
        );
      await assert.rejects(list('symbol', own), { code: 'bad-request' });
    });

    test('a text with a NUL character is refused', async () => {
      const alert = sampleAlert(newUser(), { message: 'a\0b' });
      await assert.rejects(store.alerts.create(alert, putRule(alert), LIMIT), { code: 'bad-request' });
    });

    test("all of a user's alerts and channels go to another user", async () => {
      const [from, to] = [newUser(), newUser()];
      const alert = await create(from);
      const gone = await create(from);
      await store.triggers.record([fired(sampleTrigger(gone, 1))], T0);
      await store.alerts.remove(from, gone.id, removeRule(gone));
      const channel = sampleChannel(from);
      await store.channels.create(channel, LIMIT);
      await store.alerts.reassign(from, to);
      await store.channels.reassign(from, to);
      assert.deepEqual(await store.alerts.get(to, alert.id), { ...alert, userId: to });
      assert.equal(await store.alerts.get(from, alert.id), undefined);
      assert.equal((await store.alerts.getMany([gone.id]))[0]?.userId, to);
      assert.deepEqual([await store.alerts.count(from), await store.alerts.count(to)], [0, 1]);
      assert.deepEqual(await store.channels.list(to), [{ ...channel, userId: to }]);
    });

    test('channels are kept, listed oldest first, changed and limited', async () => {
      const user = newUser();
      const later = sampleChannel(user, { createdAt: T0 + 1, name: 'later' });
      const first = sampleChannel(user, { fallbackOrder: 2, enabled: false });
      assert.equal(await store.channels.create(later, 2), 'created');
      assert.equal(await store.channels.create(first, 2), 'created');
      assert.equal(await store.channels.create(sampleChannel(user), 2), 'limit-reached');
      assert.deepEqual(await store.channels.list(user), [first, later]);
      const result = { at: T0, outcome: 'failed', code: 503, detail: 'slow down' } as const;
      await store.channels.setLastResults(new Map([[first.id, result]]));
      assert.deepEqual(await store.channels.get(user, first.id), { ...first, lastResult: result });
      const renamed = { ...first, name: 'renamed', settings: {} };
      assert.equal(await store.channels.update(renamed), 'updated');
      assert.deepEqual(await store.channels.getMany([first.id]), [renamed]);
      const stranger = newUser();
      assert.equal(await store.channels.get(stranger, first.id), undefined);
      assert.equal(await store.channels.update({ ...renamed, userId: stranger }), 'not-found');
      assert.equal(await store.channels.remove(stranger, first.id), 'not-found');
    });

    test("a removed channel is taken off its user's alerts", async () => {
      const user = newUser();
      const [one, two] = [sampleChannel(user), sampleChannel(user)];
      for (const channel of [one, two]) await store.channels.create(channel, 2);
      const alert = await create(user, { channelIds: [one.id, two.id] });
      assert.equal(await store.channels.remove(user, one.id), 'removed');
      assert.deepEqual((await store.alerts.get(user, alert.id))?.channelIds, [two.id]);
      assert.equal(await store.channels.remove(user, one.id), 'not-found');
      assert.equal(await store.channels.create(sampleChannel(user), 2), 'created');
      await store.alerts.removeChannel(user, two.id);
      assert.deepEqual((await store.alerts.get(user, alert.id))?.channelIds, []);
    });
  });
}
