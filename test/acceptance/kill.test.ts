/**
 * The program is killed at random, fifty times and more, while it replays a recording with alerts that send webhooks.
 * At the end there is exactly what a program that was never killed would have: every trigger of the oracle once, every
 * delivery accepted, and none sent again that the ledger already knew to be accepted.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Client, eventually } from '../support/client.ts';
import { type HttpReceiver, startHttpReceiver } from '../support/http-receiver.ts';
import { needShared } from '../support/need.ts';
import { differences, type Expected, type Fired, readOracle } from '../support/oracle.ts';
import { freshFolder, killEarly, type Program, startProgram } from '../support/program.ts';
import { chosenSeed, Random } from '../support/random.ts';
import { untilArmed, untilListed, untilReplayed } from '../support/replay.ts';

const KILLS = 50;
/** Slow enough that fifty short lives do not reach the end of the recording's eleven minutes. */
const SPEED = 12;
/** One of so many lives is killed while it is still starting. */
const KILLED_IN_START = 5;
const LONGEST_START_MS = 2500;
const LONGEST_LIFE_MS = 900;
const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;

interface Lives {
  readonly t: TestContext;
  readonly file: string;
  readonly dataDir: string;
  readonly receiver: HttpReceiver;
}

const optionsOf = ({ file, dataDir }: Lives, speed: string) => ({
  dataDir,
  env: { SOURCES: `replay:${file}?speed=${speed}`, WEBHOOK_ALLOW_PRIVATE: 'true', CHECKPOINT_EVERY: '300ms' },
});
const start = (lives: Lives, speed: string): Promise<Program> => startProgram(lives.t, optionsOf(lives, speed));

const clientOf = (program: Program, user: Client): Client => {
  const client = new Client(program.url, user.headers);
  for (const [name, value] of user.cookies) client.cookies.set(name, value);
  return client;
};

async function makeAlerts(lives: Lives, expected: readonly Expected[]): Promise<{ user: Client; ids: string[] }> {
  const program = await start(lives, '0');
  const user = new Client(program.url);
  await untilListed(user);
  const channel = await user.ok('POST', '/api/v1/channels', {
    kind: 'webhook',
    name: 'hook',
    settings: { url: lives.receiver.url, secret: SECRET },
  });
  const ids: string[] = [];
  for (const { alert } of expected)
    ids.push((await user.ok('POST', '/api/v1/alerts', { ...alert, channels: [channel.id] })).id);
  await untilArmed(user);
  await program.kill();
  return { user, ids };
}

test(`killed at random ${KILLS} times during a replay: no trigger missing, none doubled, no accepted delivery again`, async (t) => {
  const file = needShared(t, 'ticks/binance_spot_ws_btcusdt_ethusdt_20240808T2354Z.raw.gz');
  const oracle = needShared(t, 'oracles/alerts_binance_spot_20240808.json.gz');
  if (file === null || oracle === null) return;
  const seed = chosenSeed();
  t.diagnostic(`seed ${seed}`);
  const random = new Random(seed);
  const receiver = await startHttpReceiver(t, SECRET);
  const expected = readOracle(oracle);
  const lives = { t, file, dataDir: freshFolder(t, 'kill'), receiver };
  const { user, ids } = await makeAlerts(lives, expected);

  /** Deliveries that the ledger said were accepted, with the number of calls there had been for each by then. */
  const settled = new Map<string, number>();
  const callsOf = (id: string): number => receiver.calls.filter(({ headers }) => headers['webhook-id'] === id).length;
  const noteAccepted = async (client: Client): Promise<void> => {
    for (const { id } of await client.all('/api/v1/deliveries?status=accepted'))
      if (!settled.has(id)) settled.set(id, callsOf(id));
  };

  for (let life = 0; life < KILLS; life += 1) {
    if (life % KILLED_IN_START === KILLED_IN_START - 1) {
      await killEarly(t, optionsOf(lives, String(SPEED)), random.next() * LONGEST_START_MS);
      continue;
    }
    const program = await start(lives, String(SPEED));
    await wait(random.next() * LONGEST_LIFE_MS);
    if (random.chance(0.3)) await noteAccepted(clientOf(program, user));
    await program.kill();
  }
  // One more, which ends when something was delivered for sure.
  const seen = await start(lives, String(SPEED));
  await eventually(async () => {
    await noteAccepted(clientOf(seen, user));
    return settled.size > 0;
  }, 'alerts fire and are delivered while the program is being killed');
  await seen.kill();

  const program = await start(lives, 'max');
  const client = clientOf(program, user);
  await untilReplayed(client);
  const triggers = await client.all<Fired & { id: string }>('/api/v1/triggers');
  assert.deepEqual(differences(expected, ids, triggers), []);
  assert.equal(new Set(triggers.map(({ id }) => id)).size, triggers.length);

  const deliveries = await eventually(
    async () => {
      const all = await client.all<{ id: string; triggerId: string; status: string }>('/api/v1/deliveries');
      return all.every(({ status }) => status === 'accepted') && all;
    },
    'every delivery is accepted',
    180_000,
  );
  assert.deepEqual(
    deliveries.map(({ triggerId }) => triggerId).sort(),
    triggers.map(({ id }) => id).sort(),
    'one delivery a trigger',
  );
  for (const { id } of deliveries) assert.ok(callsOf(id) >= 1, `delivery ${id} arrived`);
  for (const [id, calls] of settled)
    assert.equal(callsOf(id), calls, `delivery ${id} came again after it was accepted`);
  const doubled = deliveries.filter(({ id }) => callsOf(id) > 1).length;
  t.diagnostic(`${triggers.length} triggers; ${doubled} deliveries came twice because an answer was lost in a kill`);
  assert.ok(receiver.calls.every(({ verified }) => verified));
});
