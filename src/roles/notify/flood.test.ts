/** The notifier when more is due than it can hold: it makes way for what is still being recorded, and for nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChannelAdapter } from '#contracts/channel.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import { openNotifierTrial } from '../../../test/support/notifier.ts';
import { accepted, scripted } from '../../../test/support/scripted-channel.ts';
import { HELD_NEAR, HELD_PER_KIND } from './hands.ts';

const SEND_MS = 100;

/** Asks nobody outside, and takes its time all the same. */
function near(clock: () => Clock): { readonly adapter: ChannelAdapter; readonly sent: number[] } {
  const sent: number[] = [];
  const adapter: ChannelAdapter = {
    ...scripted('near', accepted).adapter,
    isNear: true,
    async send() {
      sent.push(clock().now());
      await sleep(clock(), SEND_MS);
      return accepted;
    },
  };
  return { adapter, sent };
}

for (const [what, isNews, restMs] of [
  ['while there is news of more, it rests three times as long as the last took', true, 3 * SEND_MS],
  ['where nothing more comes, it goes on at once', false, 0],
] as const)
  test(`of more than it can hold it takes the next when it has room: ${what}`, async (t) => {
    let clock: Clock | undefined;
    const { adapter, sent } = near(() => clock as Clock);
    const trial = await openNotifierTrial(t, { channels: [], scripted: [adapter] });
    clock = trial.clock;
    const channels = await Promise.all(Array.from({ length: 64 }, () => trial.addChannel({ kind: 'near' })));
    for (let count = 0; count < 2 * HELD_NEAR; count += channels.length) await trial.fire(channels, { quiet: true });
    const startedAt = trial.clock.now();
    await trial.start();
    await trial.idle();
    if (isNews) await trial.fire(channels.slice(0, 1));
    await trial.until(async () => sent.length >= 2 * HELD_NEAR, 'all but the last are sent');
    assert.deepEqual([...new Set(sent.map((at) => at - startedAt))].slice(0, 2), [0, SEND_MS + restMs]);
    const atFirst = sent.filter((at) => at === startedAt).length;
    assert.ok(atFirst >= HELD_NEAR && atFirst < 2 * HELD_NEAR, `all that is held is at work: ${atFirst}`);
    await trial.until(async () => (await trial.store.deliveries.nextDueAt()) === null, 'all are delivered');
  });

test('while hands are full, looking beside them takes a part of the time only, however much news comes', async (t) => {
  const slow = scripted('slow', 'hang');
  const trial = await openNotifierTrial(t, { channels: [], scripted: [slow.adapter] });
  const { clock, store } = trial;
  const channel = await trial.addChannel({ kind: 'slow' });
  for (let count = 0; count < HELD_PER_KIND; count += 1) await trial.fire([channel], { quiet: true });
  let looks = 0;
  const nextDueAt: typeof store.deliveries.nextDueAt = async (busy) => {
    looks += 1;
    await sleep(clock, 10);
    return store.deliveries.nextDueAt(busy);
  };
  await trial.start({ store: { ...store, deliveries: { ...store.deliveries, nextDueAt } } });
  await trial.idle();
  await clock.advance(10);
  for (let count = 0; count < 20; count += 1) {
    await trial.fire([channel]);
    await trial.idle();
    await clock.advance(10);
    await trial.idle();
  }
  // 200 ms, of which a look takes 10 and is followed by a rest of 100.
  assert.equal(looks, 1 + 1);
});
