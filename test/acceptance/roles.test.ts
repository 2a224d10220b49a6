/**
 * Each role in processes of its own, on a real PostgreSQL and a real Redis or Kafka: a recording goes in, each kind of process is
 * killed with -9 in turn while it plays, and at the end there is exactly what the oracle has.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RoleName } from '#config.ts';
import { Client, eventually } from '../support/client.ts';
import { startHttpReceiver } from '../support/http-receiver.ts';
import { kafkaMissing, startKafka } from '../support/kafka.ts';
import { needShared, ROOT } from '../support/need.ts';
import { differences, type Fired, readOracle } from '../support/oracle.ts';
import { postgresMissing, startPostgres } from '../support/postgres.ts';
import { type Program, startProgram } from '../support/program.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { untilArmed, untilListed, untilReplayed } from '../support/replay.ts';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;
/** Its eleven minutes are not over before each role was killed and another took over, also on a slow machine. */
const SPEED = 4;
const TITLE = 'each role in its own process, each killed in turn while prices come: none lost, none doubled';

test(`on Redis ${TITLE}`, { skip: postgresMissing() ?? redisMissing() ?? false }, (t) => killInTurn(t, startRedis));
test(`on Kafka ${TITLE}`, { skip: postgresMissing() ?? kafkaMissing() ?? false }, (t) => killInTurn(t, startKafka));

async function killInTurn(
  t: TestContext,
  startBroker: () => Promise<{ readonly url: string; remove(): Promise<void> }>,
): Promise<void> {
  const file = needShared(t, 'ticks/binance_spot_ws_btcusdt_ethusdt_20240808T2354Z.raw.gz');
  const oracle = needShared(t, 'oracles/alerts_binance_spot_20240808.json.gz');
  if (file === null || oracle === null) return;
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const broker = await startBroker();
  t.after(() => broker.remove());
  const receiver = await startHttpReceiver(t, SECRET);
  const shared = {
    ...{ STORE: await postgres.newDatabase(), BUS: broker.url, BUS_PARTITIONS: '2' },
    AUTH_SECRET: 'the same secret for every process of a cluster',
    ...{ PUBLIC_URL: 'http://tocsin.test', WEBHOOK_ALLOW_PRIVATE: 'true', CHECKPOINT_EVERY: '300ms' },
  };
  const run = (role: RoleName, speed: number | 'max' = SPEED): Promise<Program> =>
    startProgram(t, { env: { ...shared, ROLES: role, SOURCES: `replay:${file}?speed=${speed}` } });

  const still = run('ingest', 0);
  const began: readonly RoleName[] = ['gateway', 'evaluate', 'evaluate', 'record', 'notify'];
  const processes = await Promise.all(began.map(async (role) => ({ role, program: await run(role) })));
  const gateway = (): Program => processes.findLast(({ role }) => role === 'gateway')?.program as Program;
  const user = new Client(gateway().url);
  const client = (): Client => {
    const now = new Client(gateway().url);
    for (const [name, value] of user.cookies) now.cookies.set(name, value);
    return now;
  };
  await untilListed(user);
  const settings = { url: receiver.url, secret: SECRET };
  const channel = await user.ok('POST', '/api/v1/channels', { kind: 'webhook', name: 'hook', settings });
  assert.equal(
    (await user.ok('POST', `/api/v1/channels/${channel.id}/test`)).outcome,
    'accepted',
    'the notifier was asked',
  );
  const expected = readOracle(oracle);
  const ids: string[] = [];
  for (const { alert } of expected)
    ids.push((await user.ok('POST', '/api/v1/alerts', { ...alert, channels: [channel.id] })).id);
  await untilArmed(user);
  const why = await user.ok<{ reasons: string[] }>('GET', `/api/v1/alerts/${ids[0]}/why`);
  assert.ok(!why.reasons.includes('not-answered'), `the evaluator was asked: ${why.reasons}`);
  const ready = await fetch(`${processes[1]?.program.url}/readyz`);
  assert.equal(ready.status, 200, await ready.text());
  await (await still).kill();
  processes.push({ role: 'ingest', program: await run('ingest') });

  const fired = async (): Promise<number> => (await client().all('/api/v1/triggers')).length;
  const seen: number[] = [];
  for (const role of ['evaluate', 'record', 'notify', 'ingest', 'gateway', 'evaluate'] as const) {
    const from = await fired();
    await eventually(async () => (await fired()) > from, `alerts fire before ${role} is killed`, 60_000);
    seen.push(await fired());
    const index = processes.findIndex((one) => one.role === role);
    const [killed] = processes.splice(index, 1);
    await killed?.program.kill();
    processes.push({ role, program: await run(role) });
  }
  t.diagnostic(`triggers when a process was killed: ${seen.join(', ')}`);
  // Nothing of what is left needs waiting for.
  const [ingest] = processes.splice(
    processes.findIndex(({ role }) => role === 'ingest'),
    1,
  );
  await ingest?.program.kill();
  processes.push({ role: 'ingest', program: await run('ingest', 'max') });
  await untilReplayed(client());

  const triggers = await client().all<Fired & { id: string }>('/api/v1/triggers');
  assert.deepEqual(differences(expected, ids, triggers), []);
  assert.equal(new Set(triggers.map(({ id }) => id)).size, triggers.length);
  const deliveries = await eventually(
    async () => {
      const all = await client().all<{ id: string; triggerId: string; status: string }>('/api/v1/deliveries');
      return all.length === triggers.length && all.every(({ status }) => status === 'accepted') && all;
    },
    'every delivery is accepted, one a trigger',
    180_000,
  );
  const callsOf = (id: string): number => receiver.calls.filter(({ headers }) => headers['webhook-id'] === id).length;
  for (const { id } of deliveries) assert.ok(callsOf(id) >= 1, `delivery ${id} arrived`);
  const doubled = deliveries.filter(({ id }) => callsOf(id) > 1).length;
  t.diagnostic(`${triggers.length} triggers; ${doubled} deliveries came twice because an answer was lost in the kill`);
  for (const { program } of processes) assert.equal(await program.stop(), 0, program.output());
}

test('roles alone without what they share are refused, with every reason', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'src/main.ts'), '--check-config'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ROLES: 'notify,record' },
  });
  assert.equal(status, 2);
  assert.match(stderr, /ROLES: some of the roles alone need a BUS[\s\S]*PUBLIC_URL must be set/);
});
