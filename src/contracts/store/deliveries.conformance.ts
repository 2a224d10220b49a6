/**
 * What every store must prove of the ledger of deliveries.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ChannelId, UserId } from '#domain/alert/alert.ts';
import type { Delivery, DeliveryId, DeliveryStatus } from '#domain/delivery/delivery.ts';
import type { Store } from './store.ts';
import { fired, newUser, putRule, sampleAlert, sampleChannel, sampleTrigger, T0 } from './testing/samples.ts';

const FAR = T0 * 10;
const FOREVER = Number.MAX_SAFE_INTEGER;

export function deliveriesConformance(open: () => Promise<Store>): void {
  describe('deliveries', () => {
    let store: Store;
    before(async () => {
      store = await open();
    });
    after(() => store.close());

    /** `count` queued deliveries of one new user on one channel. */
    const queue = async (
      count: number,
      kind = 'webhook',
    ): Promise<{ user: UserId; deliveries: readonly Delivery[] }> => {
      const user = newUser();
      const channel = sampleChannel(user, { kind });
      await store.channels.create(channel, 9);
      const alert = sampleAlert(user, { channelIds: [channel.id] });
      await store.alerts.create(alert, putRule(alert), 9);
      const effects = Array.from({ length: count }, (_, i) => fired(sampleTrigger(alert, i + 1)));
      return { user, deliveries: (await store.triggers.record(effects, T0)).deliveries };
    };
    const claimAll = async (now = FAR): Promise<void> => {
      for (const delivery of await store.deliveries.claim(now, now, 1000))
        await store.deliveries.save([{ delivery: { ...delivery, status: 'dead' }, added: [] }]);
    };
    const saveAs = (delivery: Delivery, status: DeliveryStatus, more: Partial<Delivery> = {}): Promise<void> =>
      store.deliveries.save([{ delivery: { ...delivery, status, nextAttemptAt: null, ...more }, added: [] }]);

    test('what is due is claimed once, oldest first, and again when its lease has run out', async () => {
      await claimAll();
      assert.equal(await store.deliveries.nextDueAt(), null);
      const { user, deliveries } = await queue(3);
      const due = await store.deliveries.nextDueAt();
      assert.equal(due, deliveries[0]?.createdAt);
      assert.deepEqual(await store.deliveries.claim((due ?? 0) - 1, FAR, 10), []);
      const claimed = await store.deliveries.claim(FAR, FAR + 100, 2);
      assert.equal(claimed.length, 2);
      assert.ok(claimed.every(({ status, updatedAt }) => status === 'sending' && updatedAt === FAR));
      const rest = await store.deliveries.claim(FAR, FAR + 100, 10);
      assert.equal(rest.length, 1);
      assert.equal(new Set([...claimed, ...rest].map(({ id }) => id)).size, 3);
      assert.deepEqual(await store.deliveries.claim(FAR + 99, FAR + 300, 10), []);
      assert.equal(await store.deliveries.nextDueAt(), FAR + 100);
      assert.equal((await store.deliveries.claim(FAR + 100, FAR + 300, 10)).length, 3);
      assert.equal(
        (await store.deliveries.list(user, { status: ['sending'] }, { cursor: null, limit: 9 })).items.length,
        3,
      );
      await claimAll(FOREVER);
    });

    test('two that claim at once never get the same one', async () => {
      await claimAll();
      const { deliveries } = await queue(40);
      const got = await Promise.all(Array.from({ length: 8 }, () => store.deliveries.claim(FAR, FOREVER, 7)));
      const ids = got.flat().map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      assert.equal(ids.length, deliveries.length);
      await claimAll(FOREVER);
    });

    test('what the state machine decided is kept, with the deliveries it made beside', async () => {
      await claimAll();
      const { user } = await queue(1);
      const [claimed] = await store.deliveries.claim(FAR, FOREVER, 1);
      assert.ok(claimed);
      const retrying: Delivery = {
        ...claimed,
        status: 'retrying',
        attempts: [{ at: FAR, durationMs: 12, outcome: 'failed', code: 503, detail: 'try "later"' }],
        nextAttemptAt: FAR + 500,
        updatedAt: FAR + 12,
      };
      await store.deliveries.save([{ delivery: retrying, added: [] }]);
      assert.deepEqual(await store.deliveries.get(user, claimed.id), retrying);
      assert.equal(await store.deliveries.get(newUser(), claimed.id), undefined);
      assert.equal(await store.deliveries.nextDueAt(), FAR + 500);
      assert.deepEqual(await store.deliveries.claim(FAR + 499, FOREVER, 9), []);
      const [again] = await store.deliveries.claim(FAR + 500, FOREVER, 9);
      assert.equal(again?.id, claimed.id);
      const dead: Delivery = { ...retrying, status: 'dead', nextAttemptAt: null };
      const fallback: Delivery = {
        ...claimed,
        id: `${claimed.id}.next` as DeliveryId,
        channelId: 'other' as ChannelId,
        status: 'queued',
        fallbackFor: claimed.id,
        createdAt: FAR + 600,
        updatedAt: FAR + 600,
      };
      await store.deliveries.save([{ delivery: dead, added: [fallback] }]);
      await store.deliveries.save([{ delivery: dead, added: [fallback] }]);
      const { items } = await store.deliveries.list(user, {}, { cursor: null, limit: 9 });
      assert.deepEqual(items, [fallback, dead]);
      assert.equal(await store.deliveries.nextDueAt(), FAR + 600);
      await claimAll(FOREVER);
    });

    test('what was accepted stays accepted, whatever a claimant with an old lease says', async () => {
      await claimAll();
      const { user } = await queue(1);
      const [claimed] = await store.deliveries.claim(FAR, FAR, 1);
      assert.ok(claimed);
      await saveAs(claimed, 'accepted');
      await saveAs(claimed, 'retrying', { nextAttemptAt: FAR });
      assert.equal((await store.deliveries.get(user, claimed.id))?.status, 'accepted');
      assert.equal(await store.deliveries.nextDueAt(), null);
      await saveAs(claimed, 'delivered');
      assert.equal((await store.deliveries.get(user, claimed.id))?.status, 'delivered');
    });

    test('of several that are written together, each as if it were alone', async () => {
      await claimAll();
      await queue(3);
      const claimed = await store.deliveries.claim(FAR, FAR, 3);
      const [known, lost, done] = claimed as [Delivery, Delivery, Delivery];
      await saveAs(known, 'accepted');
      const standIn = (of: Delivery): Delivery => ({ ...of, id: `${of.id}.next` as DeliveryId, status: 'queued' });
      await store.deliveries.save([
        { delivery: { ...known, status: 'dead' }, added: [standIn(known)] },
        { delivery: { ...lost, status: 'dead' }, added: [standIn(lost)] },
        { delivery: { ...done, status: 'accepted' }, added: [] },
      ]);
      const { items } = await store.deliveries.list(known.userId, {}, { cursor: null, limit: 9 });
      const status = new Map<string, string>(items.map((one) => [one.id, one.status]));
      assert.deepEqual(
        [...claimed.map(({ id }) => status.get(id)), ...claimed.map(({ id }) => status.get(`${id}.next`))],
        ['accepted', 'dead', 'accepted', undefined, 'queued', undefined],
      );
      await claimAll(FOREVER);
    });

    test('only a dead one is queued again, by its user', async () => {
      await claimAll();
      const { user } = await queue(1);
      const [claimed] = await store.deliveries.claim(FAR, FOREVER, 1);
      assert.ok(claimed);
      assert.equal(await store.deliveries.requeue(user, claimed.id, FAR), 'not-dead');
      await saveAs(claimed, 'dead');
      assert.equal(await store.deliveries.requeue(newUser(), claimed.id, FAR), 'not-found');
      const queued = await store.deliveries.requeue(user, claimed.id, FAR + 5);
      assert.ok(typeof queued === 'object' && queued.status === 'queued');
      assert.equal(await store.deliveries.nextDueAt(), FAR + 5);
      await claimAll(FOREVER);
    });

    test('accepted page deliveries become seen, others do not', async () => {
      const page = await queue(3, 'page');
      const mail = await queue(1, 'email');
      for (const one of [...page.deliveries.slice(0, 2), ...mail.deliveries]) await saveAs(one, 'accepted');
      const triggers = [...page.deliveries, ...mail.deliveries].map(({ triggerId }) => triggerId);
      assert.deepEqual(await store.deliveries.markSeen(newUser(), triggers, FAR), []);
      assert.deepEqual(await store.deliveries.markSeen(mail.user, triggers, FAR), []);
      const seen = await store.deliveries.markSeen(page.user, triggers, FAR);
      assert.deepEqual(
        seen.map(({ id, status, updatedAt }) => [id, status, updatedAt]).sort(),
        page.deliveries
          .slice(0, 2)
          .map(({ id }) => [id, 'seen', FAR])
          .sort(),
      );
      await claimAll(FOREVER);
    });

    test('what changed is read in the order of its changes, page by page, each as it is now', async () => {
      await claimAll();
      const { user, deliveries } = await queue(5);
      const [a, b, c] = deliveries as [Delivery, Delivery, Delivery];
      await saveAs(b, 'accepted', { updatedAt: FAR + 1 });
      await saveAs(c, 'dead', { updatedAt: FAR + 2 });
      await saveAs(a, 'accepted', { updatedAt: FAR + 2 });
      const changed: Delivery[] = [];
      for (let place = { at: FAR, id: '' }; ; ) {
        const page = await store.deliveries.changedAfter(user, place, 1);
        const [next] = page;
        if (next === undefined) break;
        changed.push(next);
        place = { at: next.updatedAt, id: next.id };
      }
      assert.deepEqual(
        changed.map(({ id, status }) => [id, status]),
        [
          [b.id, 'accepted'],
          ...[a, c].sort((x, y) => (x.id < y.id ? -1 : 1)).map(({ id }) => [id, id === a.id ? 'accepted' : 'dead']),
        ],
      );
      assert.deepEqual(await store.deliveries.changedAfter(newUser(), { at: 0, id: '' }, 9), []);
      assert.equal((await store.deliveries.changedAfter(user, { at: 0, id: '' }, 9)).length, 5);
      assert.deepEqual(await store.deliveries.lastChanges([newUser(), user]), [0, FAR + 2]);
      assert.deepEqual(await store.deliveries.lastChanges([]), []);
      await claimAll(FOREVER);
    });

    test('lists are newest first, filtered, in pages; the counts add up', async () => {
      await claimAll();
      const { user, deliveries } = await queue(5);
      const before = await store.deliveries.countByStatus();
      for (const one of deliveries.slice(0, 2)) await saveAs(one, 'accepted');
      const counts = await store.deliveries.countByStatus();
      assert.equal(counts.accepted, before.accepted + 2);
      assert.equal(counts.queued, before.queued - 2);
      const all: Delivery[] = [];
      let cursor: string | null = null;
      do {
        const page = await store.deliveries.list(user, {}, { cursor, limit: 2 });
        all.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null);
      assert.equal(new Set(all.map(({ id }) => id)).size, 5);
      const triggerId = deliveries[3]?.triggerId as Delivery['triggerId'];
      const one = await store.deliveries.list(user, { triggerId, status: ['queued'] }, { cursor: null, limit: 9 });
      assert.deepEqual(
        one.items.map(({ id }) => id),
        [deliveries[3]?.id],
      );
      await assert.rejects(store.deliveries.list(user, {}, { cursor: '!', limit: 9 }), { code: 'bad-request' });
      await claimAll(FOREVER);
    });
  });
}
