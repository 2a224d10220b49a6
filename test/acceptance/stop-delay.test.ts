/**
 * A gateway behind a load balancer: told to stop, it says so and goes on, until nobody is sent to it any more.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, eventually } from '../support/client.ts';
import { startProgram } from '../support/program.ts';

test('told to stop with STOP_DELAY, it is not ready at once, and answers as before', async (t) => {
  const program = await startProgram(t, { env: { STOP_DELAY: '10m' } });
  const client = new Client(program.url);
  assert.equal((await client.request('GET', '/readyz')).status, 200);
  process.kill(program.pid, 'SIGTERM');
  const { body } = await eventually(async () => {
    const answer = await client.request('GET', '/readyz');
    return answer.status === 503 && answer;
  }, 'it is not ready any more');
  assert.deepEqual(
    body.parts.filter(({ problem }: { problem: string | null }) => problem !== null),
    [{ name: 'program', problem: 'it is stopping' }],
  );
  const fresh = new Client(program.url);
  await fresh.ok('POST', '/api/v1/alerts', { symbol: 'DEMO-OAK', condition: 'price > 0' });
  await eventually(async () => (await fresh.all('/api/v1/triggers')).length === 1, 'a new alert fires');
});
