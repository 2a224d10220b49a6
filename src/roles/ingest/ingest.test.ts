import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '#contracts/log.ts';
import type { Source } from '#contracts/source.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { Failure } from '#errors.ts';
import { settle } from '../../../test/support/simulated-clock.ts';
import { CLOCK_ALLOWANCE_MS, startIngest } from './ingest.ts';
import { PushWire, START, shelf, tick, Wire } from './testing/shelf.ts';

const AWAY = new Failure('store-unavailable', 'the disk is gone');
const ticksOf = (said: readonly string[]): string[] => said.filter((each) => !each.startsWith('clock'));

test('a good tick is in the log when its verdict comes, behind what was said before', async (t) => {
  const { wire, said, world, counters, role } = await shelf(t);
  const [oak, fir] = [tick('OAK', 100, -2_000, { receivedAt: START }), tick('FIR', 5, -1_000, { receivedAt: START })];
  assert.deepEqual(await wire.say(oak, fir), ['accepted', 'accepted']);
  assert.deepEqual(said, ['tick OAK 100', 'tick FIR 5']);
  assert.deepEqual(world.shared, ['OAK', 'FIR']);
  assert.deepEqual(wire.watched, ['OAK', 'FIR']);
  assert.equal(counters.get('ingestor_ticks_total wire'), 2);
  assert.deepEqual(role.status()[0], {
    name: 'wire',
    demo: false,
    state: 'live',
    detail: '',
    // By the provider's time: that something came is no sign of life.
    lastTickAt: START - 1_000,
  });
});

test('late and stale ticks go to history, bad ones nowhere, and all are counted by reason, held ones as such too', async (t) => {
  const { wire, said, clock, world, counters } = await shelf(t);
  await wire.say(tick('OAK', 100, 0, { sequence: 5 }));
  const verdicts = await wire.say(
    tick('OAK', 101, -1, { sequence: 6 }),
    tick('OAK', 100, 0, { sequence: 5 }),
    tick('FIR', 5, -3_600_000),
    tick('OAK', 100, 9_000_000, { sequence: 7 }),
    tick('OAK', Number.NaN, 1, { sequence: 8 }),
    tick('NONE', 1, 0),
    tick('OAK', 10_000, 1, { sequence: 9 }),
    tick('OAK', 100.5, 2, { sequence: 10 }),
  );
  assert.deepEqual(verdicts, [
    ...['late', 'repeated', 'stale', 'future', 'not-a-number', 'unknown-instrument', 'held', 'accepted'],
  ]);
  assert.deepEqual(said, ['tick OAK 100', 'late OAK 101', 'stale FIR 5', 'tick OAK 100.5']);
  await clock.advance(5_000);
  assert.deepEqual(world.counted.map(({ symbol, reason, count }) => `${symbol} ${reason} ${count}`).sort(), [
    'FIR stale 1',
    'NONE unknown-instrument 1',
    'OAK future 1',
    'OAK held 1',
    'OAK late 1',
    'OAK not-a-number 1',
    'OAK repeated 1',
    'OAK scale-error 1',
  ]);
  assert.equal(world.counted.find(({ reason }) => reason === 'not-a-number')?.lastPrice, null);
  assert.equal(counters.get('ingestor_ticks_rejected_total late'), 1);
  assert.equal(counters.get('ingestor_ticks_held_total'), 1);
});

test('a held tick that the next confirms is evaluated before it', async (t) => {
  const { wire, said } = await shelf(t);
  await wire.say(tick('OAK', 100, 0));
  assert.deepEqual(await wire.say(tick('OAK', 150, 1)), ['held']);
  assert.deepEqual(await wire.say(tick('OAK', 151, 2)), ['accepted']);
  assert.deepEqual(said, ['tick OAK 100', 'tick OAK 150', 'tick OAK 151']);
});

test('ticks of the past are history only, and are not counted as rejected', async (t) => {
  const { wire, said, clock, world } = await shelf(t);
  await wire.events?.history([tick('OAK', 90, -90_000_000, { sequence: 1 }), tick('OAK', 91, -1_000, { sequence: 2 })]);
  await wire.events?.gap('OAK' as InstrumentSymbol, START - 500, START, 'away');
  await wire.say(tick('OAK', 100, 0, { sequence: 3 }));
  assert.deepEqual(said, ['stale OAK 90', 'stale OAK 91', 'gap OAK -500..0 away', 'tick OAK 100']);
  await clock.advance(10_000);
  assert.deepEqual(world.counted, []);
});

test('every second the time is told, two seconds behind, and what waited goes out as one publish', async (t) => {
  const { wire, said, clock, publishes } = await shelf(t);
  const answers = [wire.say(tick('OAK', 100, 0)), wire.say(tick('OAK', 101, 1)), wire.say(tick('OAK', 102, 2))];
  await Promise.all(answers);
  await clock.advance(3_000);
  assert.deepEqual(publishes, [3]);
  assert.deepEqual(said.slice(3), [
    `clock ${1_000 - CLOCK_ALLOWANCE_MS}`,
    `clock ${2_000 - CLOCK_ALLOWANCE_MS}`,
    `clock ${3_000 - CLOCK_ALLOWANCE_MS}`,
  ]);
});

test('a store that is away delays prices and loses none; the role says so', async (t) => {
  const { wire, said, clock, world, role } = await shelf(t);
  world.failing = AWAY;
  const answer = wire.say(tick('OAK', 100, 0), tick('OAK', 101, 1));
  await clock.advance(11_000);
  assert.deepEqual(ticksOf(said), []);
  assert.match(role.health() ?? '', /cannot publish prices for 1\d s: the disk is gone/);
  world.failing = null;
  await clock.advance(5_000);
  assert.deepEqual(await answer, ['accepted', 'accepted']);
  assert.deepEqual(ticksOf(said), ['tick OAK 100', 'tick OAK 101']);
  assert.equal(role.health(), null);
});

test('stopping while the store is away tells the source instead of waiting for ever', async (t) => {
  const { wire, world, role } = await shelf(t);
  world.failing = AWAY;
  const answer = wire.say(tick('OAK', 100, 0));
  const refused = assert.rejects(answer, { code: 'store-unavailable' });
  await settle();
  await role.stop();
  await refused;
  assert.equal(world.crashed, null);
});

test('a mistake of ours crashes the role instead of going on quietly', async (t) => {
  const { wire, world, role } = await shelf(t);
  world.failing = new Error('a bug');
  await assert.rejects(wire.say(tick('OAK', 100, 0)));
  assert.equal(world.crashed, world.failing);
  assert.match(role.health() ?? '', /a bug/);
  world.failing = null;
});

test('after a restart nothing starts before the log is recorded; then each source goes on behind its last tick', async (t) => {
  const position = { at: START - 1_000, sequence: 41 };
  const { wire, clock, world, role, said } = await shelf(t, {
    before(world) {
      world.lag = 3;
      world.positions = { wire: new Map([['OAK' as InstrumentSymbol, position]]) };
      world.latest = [tick('OAK', 100, -1_000, { sequence: 41 })];
    },
  });
  assert.equal(wire.starts.length, 0);
  await role.prepared;
  assert.deepEqual(world.shared, ['OAK', 'FIR'], 'its instruments can be found before');
  assert.match(role.status()[0]?.detail ?? '', /until 3 messages/);
  await assert.rejects(role.push([tick('OAK', 1, 0)]));
  await clock.advance(11_000);
  assert.match(role.health() ?? '', /record role/);
  world.lag = 0;
  await clock.advance(50);
  assert.deepEqual(wire.starts[0]?.resumeAfter, new Map([['OAK', position]]));
  assert.equal(role.health(), null);
  const verdicts = await wire.say(
    tick('OAK', 100, -1_000, { sequence: 41 }),
    tick('OAK', 1, 0, { sequence: 42 }),
    tick('OAK', 100.5, 1, { sequence: 43 }),
  );
  assert.deepEqual(verdicts, ['repeated', 'held', 'accepted']);
  assert.deepEqual(ticksOf(said), ['tick OAK 100.5']);
});

test('a failed source is started again, later each time, behind the ticks it has said', async (t) => {
  const wire = new Wire();
  wire.failures = [new Error('no route'), new Error('no route')];
  const { clock, role } = await shelf(t, { wire });
  assert.deepEqual([role.status()[0]?.state, role.status()[0]?.detail], ['failed', 'no route']);
  await clock.advance(999);
  assert.equal(wire.starts.length, 1);
  await clock.advance(1);
  assert.equal(wire.starts.length, 2);
  await clock.advance(2_000);
  assert.equal(wire.starts.length, 3);
  assert.equal(role.status()[0]?.state, 'live');
  await wire.say(tick('OAK', 100, 3_000, { sequence: 8 }));
  wire.events?.state('failed', 'cut');
  await clock.advance(60_000);
  assert.equal(wire.starts.length, 4);
  assert.deepEqual(wire.starts[3]?.resumeAfter, new Map([['OAK', { at: START + 3_000, sequence: 8 }]]));
  assert.equal(wire.stops, 3);
});

test('pushed prices of a private instrument are looked up and pass the same gate', async (t) => {
  const { role, said } = await shelf(t);
  const pushed = [tick('MINE', 4, 0, { source: 'push' }), tick('YOURS', 4, 0, { source: 'push' })];
  assert.deepEqual(await role.push(pushed), ['accepted', 'unknown-instrument']);
  assert.deepEqual(ticksOf(said), ['tick MINE 4']);
});

test('a recording: judged by its own clock, time behind its ticks, and told to the end when it is over', async (t) => {
  let time = 0;
  const wire = new Wire('wire', () => time);
  const { said, clock } = await shelf(t, { wire, marketTime: () => time });
  await clock.advance(2_000);
  assert.deepEqual(said, [], 'before it is open there is no time to tell');
  // An hour of the recording in one breath: nothing of it is stale.
  const hour = [tick('OAK', 100, -3_600_000, { sequence: 1 }), tick('OAK', 101, 0, { sequence: 2 })];
  time = START;
  assert.deepEqual(await wire.say(...hour), ['accepted', 'accepted']);
  await settle();
  assert.deepEqual(said, ['tick OAK 100', 'tick OAK 101', `clock ${-CLOCK_ALLOWANCE_MS}`]);
  wire.events?.state('ended', 'over');
  await clock.advance(5_000);
  assert.deepEqual(said.slice(3), ['clock 0']);
});

test('a recording runs alone, and no two sources share a name', async (t) => {
  const { clock } = await shelf(t);
  const base = { bus: {}, store: {}, clock, marketTime: () => 0, log: silentLog, crash: () => {}, random: () => 0 };
  const start = (...sources: readonly Source[]) =>
    startIngest({ ...base, sources, push: new PushWire('push'), metrics: {} } as unknown as Parameters<
      typeof startIngest
    >[0]);
  await assert.rejects(start(new Wire('replay', () => 0), new Wire()), /no other source can run beside it/);
  await assert.rejects(start(new Wire(), new Wire()), /two sources of one name/);
});

test('what came into the log when another was on duty is not answered; the stop that follows says so', async (t) => {
  let newest = 1;
  const part = { partition: undefined, duty: 1, isNewest: async () => newest === 1 };
  const { wire, role, world, said, duty } = await shelf(t, { part });
  assert.deepEqual(await wire.say(tick('OAK', 100, 0)), ['accepted']);
  newest = 2;
  let settled = '';
  const late = wire.say(tick('OAK', 101, 1)).then(
    () => (settled = 'answered'),
    ({ code }) => (settled = code),
  );
  await settle();
  assert.equal(settled, '');
  await role.stop();
  await late;
  assert.equal(settled, 'not-ready');
  assert.equal(world.crashed, null);
  assert.deepEqual(said, ['duty', 'tick OAK 100', 'tick OAK 101']);
  assert.deepEqual(duty, [1, 1, 1]);
});

test('after stop no timer is left and the counts are written down', async (t) => {
  const { wire, role, clock, world } = await shelf(t);
  await wire.say(tick('OAK', 100, 0), tick('OAK', 99, -1));
  await role.stop();
  assert.equal(clock.waiting, 0);
  assert.deepEqual(
    world.counted.map(({ reason, count }) => [reason, count]),
    [['late', 1]],
  );
});
