/**
 * What every store must prove of triggers and of the transaction that records them.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Alert, UserId } from '#domain/alert/alert.ts';
import type { TriggerId } from '#domain/alert/trigger.ts';
import type { Effect } from '#domain/engine/event.ts';
import type { Store } from './store.ts';
import {
  became,
  fired,
  newUser,
  putRule,
  removeRule,
  sampleAlert,
  sampleChannel,
  sampleTrigger,
  T0,
} from './testing/samples.ts';

const EVALUATED = T0 + 60_000;
const MANY_EFFECTS = 10_000;

export function triggersConformance(open: () => Promise<Store>): void {
  describe('triggers', () => {
    let store: Store;
    before(async () => {
      store = await open();
    });
    after(() => store.close());

    const create = async (more: Partial<Alert> = {}): Promise<Alert> => {
      const alert = sampleAlert(more.userId ?? newUser(), more);
      await store.alerts.create(alert, putRule(alert), 100_000);
      return alert;
    };
    const find = (alert: Alert): Promise<Alert | undefined> => store.alerts.get(alert.userId, alert.id);

    test('a trigger is stored with its evidence, its deliveries are queued, its alert moves on', async () => {
      const user = newUser();
      const channels = [sampleChannel(user), sampleChannel(user)];
      for (const channel of channels) await store.channels.create(channel, 9);
      const alert = await create({ userId: user, channelIds: channels.map(({ id }) => id), severity: 'critical' });
      const trigger = sampleTrigger(alert, 1, { gap: { from: T0, to: T0 + 9 }, before: null });
      const effects = [became(alert, 'armed', 1, T0), fired(trigger), became(alert, 'cooling', 1)];
      const result = await store.triggers.record(effects, EVALUATED);
      const now = {
        ...alert,
        status: 'cooling',
        epoch: 1,
        armedAt: T0,
        lastTriggeredAt: trigger.firedAt,
      };
      assert.deepEqual(await find(alert), now);
      assert.deepEqual(result.alerts, [now]);
      const [first] = result.triggers;
      assert.ok(first?.isNew);
      assert.deepEqual(first.alert, now);
      const { seq, recordedAt, ...stored } = first.trigger;
      assert.deepEqual(stored, {
        ...trigger,
        userId: user,
        message: alert.message,
        severity: 'critical',
        watchlist: null,
        evaluatedAt: EVALUATED,
      });
      assert.ok(seq > 0 && recordedAt > T0);
      assert.deepEqual(await store.triggers.get(user, trigger.id), first.trigger);
      assert.equal(await store.triggers.get(newUser(), trigger.id), undefined);
      assert.deepEqual(await store.triggers.getMany([trigger.id]), [first.trigger]);
      assert.deepEqual(new Set(result.deliveries.map(({ channelId }) => channelId)), new Set(alert.channelIds));
      for (const delivery of result.deliveries) {
        assert.deepEqual([delivery.status, delivery.attempts, delivery.triggerId], ['queued', [], trigger.id]);
        assert.deepEqual(await store.deliveries.get(user, delivery.id), delivery);
      }
    });

    test('recording again, whole or in any pieces, changes nothing and gives the same triggers', async () => {
      const user = newUser();
      const channel = sampleChannel(user);
      await store.channels.create(channel, 9);
      const alert = await create({ userId: user, channelIds: [channel.id] });
      const effects: Effect[] = [];
      for (let epoch = 1; epoch <= 6; epoch++)
        effects.push(
          became(alert, 'armed', epoch),
          fired(sampleTrigger(alert, epoch)),
          became(alert, 'cooling', epoch, T0 + epoch * 1000 + 1),
        );
      const first = await store.triggers.record(effects, EVALUATED);
      const settled = await find(alert);
      await fc.assert(
        fc.asyncProperty(fc.nat(effects.length), fc.nat(effects.length), async (a, b) => {
          const again = await store.triggers.record(effects.slice(Math.min(a, b), Math.max(a, b)), EVALUATED + 1);
          for (const { trigger, isNew } of again.triggers) {
            assert.equal(isNew, false);
            assert.deepEqual(trigger, first.triggers.find((one) => one.trigger.id === trigger.id)?.trigger);
          }
          assert.deepEqual(await find(alert), settled);
        }),
        { numRuns: 20 },
      );
      const deliveries = await store.deliveries.list(user, {}, { cursor: null, limit: 200 });
      assert.equal(deliveries.items.length, 6);
    });

    test('the trace a trigger fired in is kept with it from the first time on, and absent where there is none', async () => {
      const alert = await create();
      const effects = [1, 2].map((epoch) => fired(sampleTrigger(alert, epoch)));
      const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const [traced, plain] = effects.map((effect) => (effect.kind === 'trigger' ? effect.trigger.id : null));
      await store.triggers.record(effects, EVALUATED, new Map([[traced as TriggerId, trace]]));
      const again = await store.triggers.record(effects, EVALUATED, new Map([[plain as TriggerId, trace]]));
      assert.deepEqual(
        again.triggers.map((one) => [one.isNew, one.trigger.trace, 'trace' in one.trigger]),
        [
          [false, trace, true],
          [false, undefined, false],
        ],
      );
    });

    test("what is forgotten goes with its deliveries, and nothing else of the user's or of another", async () => {
      const [user, other] = [newUser(), newUser()];
      for (const userId of [user, other]) {
        const channel = sampleChannel(userId);
        await store.channels.create(channel, 9);
        const alert = await create({ userId, channelIds: [channel.id] });
        await store.triggers.record([fired(sampleTrigger(alert, 1))], EVALUATED);
      }
      const counts = async (userId: UserId): Promise<readonly number[]> => {
        const page = { cursor: null, limit: 9 };
        const all = [await store.triggers.list(userId, {}, page), await store.deliveries.list(userId, {}, page)];
        return all.map(({ items }) => items.length);
      };
      const [kept] = (await store.triggers.list(user, {}, { cursor: null, limit: 1 })).items;
      await store.triggers.forget(user, kept?.recordedAt ?? 0);
      assert.deepEqual(await counts(user), [1, 1], 'recorded at this time is not before it');
      await store.triggers.forget(user, (kept?.recordedAt ?? 0) + 1);
      assert.deepEqual(await counts(user), [0, 0]);
      assert.deepEqual(await counts(other), [1, 1]);
    });

    test('an older version or an older arming changes nothing', async () => {
      const alert = await create();
      await store.triggers.record([became(alert, 'armed', 2)], EVALUATED);
      await store.triggers.record([became(alert, 'done', 1)], EVALUATED);
      assert.deepEqual([(await find(alert))?.status, (await find(alert))?.epoch], ['armed', 2]);
      const edited: Alert = { ...alert, version: 2, status: 'arming', epoch: 2, armedAt: T0 };
      await store.alerts.update(edited, putRule(edited));
      await store.triggers.record([became(alert, 'done', 3, T0, 1)], EVALUATED);
      assert.deepEqual(await find(alert), edited);
      await store.triggers.record([became(edited, 'armed', 3)], EVALUATED);
      assert.deepEqual([(await find(alert))?.status, (await find(alert))?.epoch], ['armed', 3]);
    });

    test('effects of alerts that are deleted or were never there are dropped', async () => {
      const alert = await create();
      await store.alerts.remove(alert.userId, alert.id, removeRule(alert));
      const unknown = sampleAlert(newUser());
      const effects = [fired(sampleTrigger(alert, 1)), fired(sampleTrigger(unknown, 1)), became(unknown, 'armed', 1)];
      const result = await store.triggers.record(effects, EVALUATED);
      assert.deepEqual(result, { triggers: [], alerts: [], deliveries: [] });
      assert.equal(await store.triggers.get(alert.userId, sampleTrigger(alert, 1).id), undefined);
    });

    test('seq rises with every trigger, and a stream resumes after it without loss', async () => {
      const user = newUser();
      const alert = await create({ userId: user });
      assert.deepEqual(await store.triggers.lastSeqs([user, user]), [0, 0]);
      for (let epoch = 1; epoch <= 7; epoch += 2)
        await store.triggers.record(
          [fired(sampleTrigger(alert, epoch)), fired(sampleTrigger(alert, epoch + 1))],
          EVALUATED,
        );
      const all = await store.triggers.after(user, 0, 100);
      assert.deepEqual(
        all.map(({ epoch }) => epoch),
        [1, 2, 3, 4, 5, 6, 7, 8],
      );
      assert.deepEqual(await store.triggers.after(user, all[2]?.seq ?? 0, 3), all.slice(3, 6));
      assert.deepEqual(await store.triggers.lastSeqs([newUser(), user]), [0, all.at(-1)?.seq]);
      assert.deepEqual(await store.triggers.after(newUser(), 0, 100), []);
    });

    test('lists are newest first, filtered, in pages', async () => {
      const user = newUser();
      const [one, two] = [await create({ userId: user }), await create({ userId: user })];
      for (let epoch = 1; epoch <= 5; epoch++)
        await store.triggers.record([fired(sampleTrigger(one, epoch)), fired(sampleTrigger(two, epoch))], EVALUATED);
      const page = await store.triggers.list(user, { alertId: one.id }, { cursor: null, limit: 3 });
      assert.deepEqual(
        page.items.map(({ epoch }) => epoch),
        [5, 4, 3],
      );
      const rest = await store.triggers.list(user, { alertId: one.id }, { cursor: page.nextCursor, limit: 3 });
      assert.deepEqual([rest.items.map(({ epoch }) => epoch), rest.nextCursor], [[2, 1], null]);
      const some = await store.triggers.list(user, { from: T0 + 2000, to: T0 + 4000 }, { cursor: null, limit: 9 });
      assert.deepEqual(
        some.items.map(({ epoch }) => epoch),
        [3, 3, 2, 2],
      );
      assert.equal((await store.triggers.list(newUser(), {}, { cursor: null, limit: 9 })).items.length, 0);
      await assert.rejects(store.triggers.list(user, {}, { cursor: 'nonsense', limit: 9 }), { code: 'bad-request' });
    });

    test('ten thousand effects are one transaction', async () => {
      const user = newUser();
      const alerts: Alert[] = [];
      for (let i = 0; i < 50; i++) alerts.push(await create({ userId: user }));
      const effects = Array.from({ length: MANY_EFFECTS }, (_, i) =>
        fired(sampleTrigger(alerts[i % alerts.length] as Alert, 1 + Math.floor(i / alerts.length))),
      );
      const { triggers } = await store.triggers.record(effects, EVALUATED);
      assert.equal(triggers.length, MANY_EFFECTS);
      assert.ok(triggers.every(({ isNew }, i) => isNew && (i === 0 || triggers[i - 1] !== undefined)));
      for (let i = 1; i < triggers.length; i++)
        assert.ok((triggers[i]?.trigger.seq ?? 0) > (triggers[i - 1]?.trigger.seq ?? 0));
    });
  });
}
