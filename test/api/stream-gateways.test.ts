/**
 * Streams hold nothing that matters: a client that comes back to another gateway, or to one that was started again, goes
 * on where it was.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { noMetrics } from '#contracts/metrics.ts';
import { startGateway } from '#roles/gateway/gateway.ts';
import { Client, eventually, type StreamEvent } from '../support/client.ts';
import { startTrial } from '../support/gateway.ts';

/** The first triggers over either transport after `lastId`, as `id data`. */
async function triggersOver(user: Client, url: string, lastId: string, count: number): Promise<[string[], string[]]> {
  const events: string[] = [];
  for await (const { event, id, data } of user.stream('/api/v1/stream', { 'last-event-id': lastId })) {
    if (event === 'trigger') events.push(`${id} ${JSON.stringify(data)}`);
    if (events.length === count) break;
  }
  const cookie = [...user.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/ws?lastEventId=${lastId}`, { headers: { cookie } });
  const messages: string[] = [];
  await new Promise<void>((done, failed) => {
    socket.once('error', failed);
    socket.on('message', (text) => {
      const { event, id, data } = JSON.parse(String(text)) as StreamEvent;
      if (event === 'trigger') messages.push(`${id} ${JSON.stringify(data)}`);
      if (messages.length === count) done();
    });
  });
  socket.terminate();
  return [events, messages];
}

test('what was missed comes from the store: on another gateway too, and on one that began later', async (t) => {
  const trial = await startTrial(t);
  const other = await startGateway({ ...trial.deps, metrics: noMetrics });
  t.after(() => other.stop());
  const user = trial.visitor();
  await trial.tick('OAK', 100);
  const alert = await user.ok('POST', '/api/v1/alerts', {
    ...{ symbol: 'OAK', condition: 'price crosses above 101', frequency: 'repeat', cooldown: '0s' },
  });
  await eventually(async () => (await user.ok('GET', `/api/v1/alerts/${alert.id}`)).status === 'armed', 'armed');
  for (let n = 0; n < 3; n += 1) await trial.tick('OAK', 102, 100);
  const [first] = await triggersOver(user, trial.url, '0.0', 3);
  assert.equal(first.length, 3);
  const lastId = first[0]?.split(' ', 1)[0] as string;
  const later = await startGateway({ ...trial.deps, metrics: noMetrics });
  t.after(() => later.stop());
  for (const { address } of [other, later]) {
    const there = new Client(address);
    for (const [name, value] of user.cookies) there.cookies.set(name, value);
    const [events, messages] = await triggersOver(there, address, lastId, 2);
    // The ids say until when deliveries were told too, which differs; the triggers do not.
    const withoutTime = (told: string[]): string[] => told.map((text) => text.replace(/^(\d+)\.\d+/, '$1'));
    assert.deepEqual(withoutTime(events), withoutTime(first.slice(1)));
    assert.deepEqual(withoutTime(messages), withoutTime(first.slice(1)));
  }
  assert.deepEqual(trial.bugs, []);
});
