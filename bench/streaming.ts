/**
 * Live streams: the gateway against bare writes from C, nginx with nchan, and libraries as they are usually written.
 *
 *   PATH=node_modules/.bin:$PATH node bench/streaming.ts [--only=fan-out,symbols,…] [--connections=10000] [--rounds=3]
 *     [--smoke] [--save]
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../test/support/client.ts';
import { freePort } from '../test/support/ports.ts';
import { compare, flag, machine, medianOf, show, table } from './harness.ts';
import { residentOf, secondsOf, sharesOf } from './streaming/child.ts';
import { compareConnects } from './streaming/connects.ts';
import {
  compile,
  nchanMissing,
  peersMissing,
  pinned,
  type Server,
  startFloor,
  startGateway,
  startNchan,
  startPeer,
} from './streaming/contestants.ts';
import { Load, pause, type Report } from './streaming/load.ts';

const isSmoke = flag('smoke') !== undefined;
const CONNECTIONS = Number(flag('connections') ?? (isSmoke ? 50 : 10_000));
const ROUNDS = Number(flag('rounds') ?? (isSmoke ? 1 : 3));
const only = flag('only')?.split(',');
const wants = (scenario: string): boolean => only === undefined || only.includes(scenario);
const milliseconds = (us: number): string => show(us / 1000);

const clients = compile('clients');
const floor = compile('floor');
if (clients === undefined || floor === undefined) {
  console.log('gcc is not there, and without it no load on the streams: apt-get install -y gcc libc6-dev');
  process.exit(0);
}
const load = (server: Server, count: number, query?: (client: number) => string, reconnect = false): Load =>
  new Load(clients, server, count, query, reconnect);

/** One symbol to all, no window: the price of a connection and of an update. */
async function fanOut(): Promise<Record<string, number>> {
  const TICKS = isSmoke ? 3 : 20;
  const starts = new Map<string, () => Promise<Server>>([
    ['floor: write(2) in C', () => startFloor(floor as string)],
    ['Tocsin, SSE', () => startGateway({ kind: 'sse', windowMs: 0 })],
    ['Tocsin, WebSocket', () => startGateway({ kind: 'ws', windowMs: 0 })],
  ]);
  const noNchan = nchanMissing();
  if (noNchan === undefined) starts.set('nginx, nchan', () => startNchan());
  else console.log(`left out: ${noNchan}`);
  const noPeers = isSmoke ? 'the short form needs no peers' : peersMissing();
  if (noPeers === undefined) {
    starts.set('ws', () => startPeer('ws', 'ws', '/'));
    starts.set('express', () => startPeer('express', 'sse', '/stream'));
    starts.set('fastify', () => startPeer('fastify', 'sse', '/stream'));
    starts.set('better-sse', () => startPeer('better-sse', 'sse', '/'));
    starts.set('socket.io', () => startPeer('socket-io', 'sio', '/socket.io/?EIO=4&transport=websocket'));
  } else console.log(`left out: ${noPeers}`);

  const running = new Map<string, { server: Server; load: Load; connects: number; bytes: number }>();
  for (const [name, start] of starts) {
    const server = await start();
    await pause(isSmoke ? 0 : 500);
    const before = residentOf(server.pid);
    const began = performance.now();
    const all = load(server, CONNECTIONS);
    const connects = CONNECTIONS / (await all.connected(began));
    await pause(isSmoke ? 50 : 1000);
    running.set(name, { server, load: all, connects, bytes: (residentOf(server.pid) - before) / CONNECTIONS });
  }
  const shares = new Map([...running.keys()].map((name) => [name, { system: 0, own: 0 }]));
  const seconds = new Map<string, number[]>([...running.keys()].map((name) => [name, []]));
  const reports = new Map<string, Report[]>([...running.keys()].map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [name, { server, load: all }] of running) {
      all.reset();
      const began = secondsOf(server.pid);
      const before = sharesOf(server.pid);
      for (let tick = 1; tick <= TICKS; tick += 1) {
        server.tick(0, 1);
        // The next when this one has come to all: what is measured is the work, not a queue.
        await all.delivered(tick * CONNECTIONS, isSmoke ? 60_000 : 3000);
      }
      const after = sharesOf(server.pid);
      const share = shares.get(name) as { system: number; own: number };
      share.system += after.system - before.system;
      share.own += after.own - before.own;
      const report = await all.report();
      if (isSmoke) assert.equal(report.updates, TICKS * CONNECTIONS, name);
      seconds.get(name)?.push(((secondsOf(server.pid) - began) / report.updates) * 1e6);
      reports.get(name)?.push(report);
    }
  const cost = (name: string): number => medianOf(seconds.get(name) ?? []);
  const split = (name: string): string[] => {
    const { own, system } = shares.get(name) as { system: number; own: number };
    const ownPart = own / Math.max(1, own + system);
    return [cost(name), cost(name) * ownPart, cost(name) * (1 - ownPart)].map(show);
  };
  const of = (name: string, pick: (report: Report) => number): number => medianOf((reports.get(name) ?? []).map(pick));
  console.log(
    `\n${show(CONNECTIONS)} connections, one symbol, no window, ${TICKS} updates a round, ${ROUNDS} rounds in turns\n`,
  );
  console.log(
    table(
      [
        '',
        'CPU s / million updates',
        'the program itself',
        'the system',
        'against the floor',
        'p50 ms',
        'p99 ms',
        'worst ms',
        'KiB a connection',
        'connects/s',
      ],
      [...running].map(([name, { connects, bytes }]) => [
        name,
        ...split(name),
        show(cost(name) / cost('floor: write(2) in C')),
        milliseconds(of(name, ({ p50 }) => p50)),
        milliseconds(of(name, ({ p99 }) => p99)),
        milliseconds(Math.max(...(reports.get(name) ?? []).map(({ worst }) => worst))),
        show(bytes / 1024),
        show(connects),
      ]),
    ),
  );
  for (const [own, other] of [
    ['Tocsin, SSE', 'nginx, nchan'],
    ['Tocsin, SSE', 'ws'],
    ['Tocsin, WebSocket', 'ws'],
  ] as const)
    if (running.has(other)) console.log(`${own} takes ${show(cost(own) / cost(other))} of ${other}`);
  for (const { server, load: all } of running.values()) {
    await all.stop();
    await server.stop();
  }
  return Object.fromEntries([...running.keys()].map((name) => [`${name}: s/million`, cost(name)]));
}

/** `times` pieces of work, one each `everyMs`. */
async function paced(times: number, everyMs: number, work: (time: number) => void): Promise<void> {
  const began = performance.now();
  for (let time = 0; time < times; time += 1) {
    const early = began + time * everyMs - performance.now();
    if (early > 0) await pause(early);
    work(time);
  }
  await pause(everyMs);
}

/** The rows of the scenarios other than the first. */
const scenarios: string[][] = [];

interface Measured extends Report {
  /** Of a core. */
  readonly share: number;
}

async function measure(server: Server, all: Load, work: () => Promise<void>): Promise<Measured> {
  all.reset();
  const [began, cpu] = [performance.now(), secondsOf(server.pid)];
  await work();
  await pause(500);
  const report = await all.report();
  return { ...report, share: (secondsOf(server.pid) - cpu) / ((performance.now() - began) / 1000) };
}

function scenario(title: string, runs: readonly Measured[]): void {
  const of = (pick: (run: Measured) => number): number => medianOf(runs.map(pick));
  scenarios.push([
    `${title}, ${show(runs[0]?.open ?? 0)} connections`,
    show(of(({ updates }) => updates)),
    milliseconds(of(({ p50 }) => p50)),
    milliseconds(of(({ p99 }) => p99)),
    milliseconds(Math.max(...runs.map(({ worst }) => worst))),
    `${Math.round(of(({ share }) => share) * 100)} %`,
  ]);
}

async function measured(title: string, server: Server, all: Load, work: () => Promise<void>): Promise<void> {
  scenario(title, [await measure(server, all, work)]);
}

/**
 * 500 symbols that each move once a second; each connection has ten of them, the popular ones more often. When in the
 * second a symbol moves has nothing to do with how popular it is.
 */
async function manySymbols(): Promise<void> {
  const SYMBOLS = 500;
  const SECONDS = isSmoke ? 0.1 : 10;
  const weights = Array.from({ length: SYMBOLS }, (_, n) => 1 / (n + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  const pick = (): number => {
    let left = random() * total;
    let symbol = 0;
    while (symbol < SYMBOLS - 1 && left > (weights[symbol] as number)) left -= weights[symbol++] as number;
    return symbol;
  };
  const queries = Array.from({ length: CONNECTIONS }, () => {
    const symbols = new Set<number>();
    while (symbols.size < 10) symbols.add(pick());
    return `?symbols=${[...symbols].map((symbol) => `S${symbol}`).join(',')}`;
  });
  const order = Array.from({ length: SYMBOLS }, (_, symbol) => ({ symbol, at: random() }));
  order.sort((one, other) => one.at - other.at);
  const contestants: readonly [title: string, start: () => Promise<Server>][] = [
    ['floor: write(2) in C', () => startFloor(floor as string)],
    ['Tocsin, no window', () => startGateway({ kind: 'sse', windowMs: 0 })],
    ['Tocsin, window 50 ms', () => startGateway({ kind: 'sse', windowMs: 50 })],
  ];
  const running: { title: string; server: Server; all: Load; runs: Measured[] }[] = [];
  for (const [title, start] of contestants.slice(0, isSmoke ? 2 : 3)) {
    const server = await start();
    server.tick(0, SYMBOLS);
    const all = load(server, CONNECTIONS, (client) => queries[client % CONNECTIONS] as string);
    await all.connected(performance.now());
    running.push({ title, server, all, runs: [] });
  }
  await pause(500);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const { server, all, runs } of running)
      runs.push(
        await measure(server, all, () =>
          paced(SYMBOLS * SECONDS, 1000 / SYMBOLS, (time) => {
            const { symbol } = order[time % SYMBOLS] as { symbol: number };
            server.tick(symbol, symbol + 1);
          }),
        ),
      );
  for (const { title, server, all, runs } of running) {
    scenario(`500 symbols, 10 each by Zipf, one tick a second each: ${title}`, runs);
    await all.stop();
    await server.stop();
  }
}

const firstSymbols = (count: number): string =>
  `?symbols=${Array.from({ length: count }, (_, n) => `S${n}`).join(',')}`;

/** As many connections as one process may have files for, up to 20,000. */
async function everyone(): Promise<void> {
  const count = isSmoke ? CONNECTIONS : 2 * CONNECTIONS - 200;
  const server = await startGateway({ kind: 'sse', windowMs: 50 });
  const all = load(server, count, () => firstSymbols(15));
  await all.connected(performance.now());
  await pause(500);
  await measured(`15 symbols to all, every second, window 50 ms`, server, all, () =>
    paced(isSmoke ? 2 : 10, isSmoke ? 100 : 1000, () => server.tick(0, 15)),
  );
  await all.stop();
  await server.stop();
}

/** Everybody comes at the same moment; each a known user. */
async function connects(): Promise<void> {
  const servers = new Map([
    ['floor: write(2) in C', await startFloor(floor as string)],
    ['Tocsin, SSE', await startGateway({ kind: 'sse', windowMs: 0 })],
    ['Tocsin, WebSocket', await startGateway({ kind: 'ws', windowMs: 0 })],
  ]);
  if (nchanMissing() === undefined) servers.set('nginx, nchan', await startNchan());
  if (!isSmoke && peersMissing() === undefined) servers.set('ws', await startPeer('ws', 'ws', '/'));
  await pause(isSmoke ? 0 : 500);
  console.log(`\n${show(CONNECTIONS)} connects at once, ${ROUNDS} rounds in turns\n`);
  console.log(await compareConnects(servers, (server) => load(server, CONNECTIONS), ROUNDS));
}

/** From the bus to the one who is meant, while everybody gets a price a second. */
async function trigger(): Promise<void> {
  const server = await startGateway({ kind: 'sse', windowMs: 50 });
  const all = load(server, CONNECTIONS, () => '?symbols=S0');
  await all.connected(performance.now());
  for (const isBusy of [false, true]) {
    const ages: number[] = [];
    const times = isSmoke ? 3 : 500;
    await paced(times, 47, (time) => {
      if (isBusy && time % 21 === 0) server.tick(0, 1);
      server.child.say('trigger\n');
      void Promise.all([server.child.answer(), all.trigger()]).then(([{ told }, heard]) => ages.push(heard - told));
    });
    await eventually(async () => ages.length === times, 'every trigger is told and heard');
    ages.sort((a, b) => a - b);
    const at = (share: number): string => milliseconds(ages[Math.min(times - 1, Math.floor(times * share))] as number);
    const title = `a trigger for one of ${show(CONNECTIONS)}${isBusy ? ' while all get a price each second' : ''}, from the bus`;
    scenarios.push([title, show(times), at(0.5), at(0.99), at(1), '']);
  }
  await all.stop();
  await server.stop();
}

/** One of a hundred does not read for a minute, in a market that fills what the system buffers for them. */
async function stalled(): Promise<void> {
  const count = Math.max(100, CONNECTIONS / 5);
  const server = await startGateway({ kind: 'sse', windowMs: 50 });
  const all = load(server, count, () => firstSymbols(40));
  await all.connected(performance.now());
  const seconds = isSmoke ? 1 : 60;
  const run = (): Promise<void> => paced(seconds * 10, 100, () => server.tick(0, 40));
  await measured('40 symbols ten times a second to all, who all read', server, all, run);
  const before = residentOf(server.pid);
  all.say(`stall ${count / 100}\n`);
  await measured(`the same, ${count / 100} of them stalled for ${seconds} s`, server, all, run);
  console.log(
    `resident memory before ${show(before / 2 ** 20)} MiB, after ${show(residentOf(server.pid) / 2 ** 20)} MiB`,
  );
  await all.stop();
  await server.stop();
}

/** Everybody is sent away and comes back to a new process on the same port. */
async function restart(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-bench-data-'));
  // As the program keeps it.
  process.env['NODE_COMPILE_CACHE'] = join(dataDir, 'compiled');
  const port = await freePort();
  const first = await startGateway({ kind: 'sse', windowMs: 50, port, dataDir });
  const all = load(first, CONNECTIONS, () => '?symbols=S0', true);
  await all.connected(performance.now());
  all.reset();
  const began = performance.now();
  await first.stop();
  const stopped = (performance.now() - began) / 1000;
  const second = await startGateway({ kind: 'sse', windowMs: 50, port, dataDir, isRestart: true });
  const ready = (performance.now() - began) / 1000;
  all.say('await\n');
  await all.connected(began);
  const { refused } = await all.report();
  console.log(
    `restart with ${show(CONNECTIONS)} clients: stopped after ${show(stopped)} s, listening after ${show(ready)} s, all ` +
      `back after ${show((performance.now() - began) / 1000)} s, ${show(refused)} attempts in vain`,
  );
  await all.stop();
  await second.stop();
  delete process.env['NODE_COMPILE_CACHE'];
  rmSync(dataDir, { recursive: true });
}

console.log(`${machine()}${pinned ? ', the server on one core, the clients on another' : ''}`);
let saved: Record<string, number> = {};
if (wants('fan-out')) saved = await fanOut();
console.log('');
if (wants('symbols')) await manySymbols();
if (wants('everyone')) await everyone();
if (wants('connects')) await connects();
if (wants('trigger')) await trigger();
if (wants('stalled')) await stalled();
if (wants('restart')) await restart();
if (scenarios.length > 0) {
  const head = ['scenario', 'updates', 'p50 ms', 'p99 ms', 'worst ms', 'of a core'];
  console.log(`\n${table(head, scenarios)}`);
}
if (!isSmoke && wants('fan-out')) console.log(`\n${compare('streaming', saved)}`);
process.exit(0);
