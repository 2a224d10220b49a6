import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChannelId } from '#domain/alert/alert.ts';
import { openNotifierTrial } from '../../../../test/support/notifier.ts';

test('deliveries of busy channels and kinds are left for later, and so is their due time', async (t) => {
  const { store, user, clock, addChannel, fire } = await openNotifierTrial(t, { channels: [] });
  const now = clock.now();
  const slow = await addChannel({ kind: 'webhook' });
  const other = await addChannel({ kind: 'webhook' });
  const mail = await addChannel({ kind: 'email' });
  const gone = await addChannel({ kind: 'email' });
  await fire([slow, other, mail, gone], { quiet: true });
  await store.channels.remove(user, gone.id);
  const claimed = async (channelIds: readonly ChannelId[], kinds: readonly string[]) => {
    const taken = await store.deliveries.claim(now, now + 1000, 10, { channelIds, kinds });
    await store.deliveries.save(taken.map((delivery) => ({ delivery: { ...delivery, status: 'queued' }, added: [] })));
    return taken.map(({ channelId }) => channelId).sort();
  };
  assert.deepEqual(await claimed([slow.id], []), [other.id, mail.id, gone.id].sort());
  // A channel that is gone has no kind: its delivery is not kept waiting for one.
  assert.deepEqual(await claimed([], ['email']), [slow.id, other.id, gone.id].sort());
  assert.deepEqual(await claimed([mail.id, gone.id], ['webhook']), []);
  assert.deepEqual(await claimed([], []), [slow.id, other.id, mail.id, gone.id].sort());
  assert.equal(await store.deliveries.nextDueAt({ channelIds: [mail.id, gone.id], kinds: ['webhook'] }), null);
  assert.equal(await store.deliveries.nextDueAt({ channelIds: [], kinds: ['webhook'] }), now);
});
