/**
 * One run: a cluster under load, one fault after the other, each got over before the next; then everything is compared.
 */
import pg from 'pg';
import { Client, eventually } from '../support/client.ts';
import type { Cleanup } from '../support/program.ts';
import { Random } from '../support/random.ts';
import { Cluster, type ClusterOptions } from './cluster.ts';
import { startFarEnd } from './far-end.ts';
import type { Fault, Scene } from './faults.ts';
import { startFeed } from './feed.ts';
import { startListener } from './listener.ts';
import { Market, SYMBOLS } from './market.ts';
import { populate } from './population.ts';
import { type Counts, type Fired, judge, serviceIn, type Told, type Window } from './verdict.ts';

export interface RunOptions extends ClusterOptions {
  readonly faults: readonly Fault[];
  readonly ticksPerSecond: number;
  readonly alerts: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface Result extends Counts {
  readonly name: string;
  /** From its beginning to its end. */
  readonly lastedMs: number;
  readonly silenceMs: number;
  readonly waitMs: number;
  /** From its beginning until triggers came in time again. */
  readonly overMs: number;
  /** What was not as it should be beside the counts. */
  readonly problem: string | null;
}

const WELL_FOR_MS = 2_000;
/** Ten processes that start one after the other, on a machine that has much else to do. */
const FAULT_LIMIT_MS = 180_000;
/** A broken promise where it takes longer; generous for the same reason. */
const OVER_LIMIT_MS = 120_000;
/** A delivery whose notifier died waits for the end of its lease of 30 s. */
const SETTLED_LIMIT_MS = 120_000;
/** Nothing that is ended takes longer; whoever hangs is killed with us. */
const CLEANUP_LIMIT_MS = 30_000;
const LOOK_EVERY_MS = 250;
/** Longer than from one checkpoint to the next; in it each partition is told the time so often. */
const CHECKPOINT_MS = 6_000;
const MARKS_BETWEEN_CHECKPOINTS = 20;
const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;

const wait = (ms: number): Promise<void> => new Promise((over) => setTimeout(over, ms));

/** Fails where it takes longer; what is under way goes on. */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`not done in ${limitMs / 1000} s`)), limitMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** However it ends, nothing of it goes on. */
export async function runFaults(options: RunOptions): Promise<readonly Result[]> {
  const tasks: (() => unknown)[] = [];
  try {
    return await run({ after: (task) => void tasks.push(task) }, options);
  } finally {
    for (const task of tasks.reverse())
      await within(CLEANUP_LIMIT_MS, Promise.resolve().then(task)).catch((error: unknown) =>
        options.say(`not cleaned up: ${error}`),
      );
  }
}

async function run(t: Cleanup, options: RunOptions): Promise<readonly Result[]> {
  const { faults, ticksPerSecond, alerts, say } = options;
  const random = new Random(options.seed);
  const farEnd = await startFarEnd(t);
  const cluster = await Cluster.start(t, options);
  const gateways = (): readonly string[] => cluster.gateways;

  const owner = new Client(gateways()[0] as string);
  const settings = { url: farEnd.url, secret: SECRET };
  const channel = await owner.ok('POST', '/api/v1/channels', { kind: 'webhook', name: 'hook', settings });
  const { key } = await owner.ok('POST', '/api/v1/api-keys', { name: 'feed' });
  const client = (): Client => new Client(gateways()[0] as string, { 'x-api-key': key });
  const market = new Market();
  const opening = SYMBOLS.map(() => market.next(Date.now()));
  await eventually(
    async () => (await client().request('POST', '/api/v1/prices', opening)).status === 200,
    'the first prices are taken',
  );
  const alertIds = await populate(client(), cluster.store, channel.id, alerts);
  say(`${alerts} alerts are armed`);

  const listener = startListener(gateways, key);
  t.after(listener.end);
  const feed = startFeed({ market, gateways, key, perSecond: ticksPerSecond });
  t.after(feed.stop);
  const began = Date.now();
  const { settled, end: endWatch } = watchLedger(cluster, farEnd.calls);
  t.after(endWatch);
  /** Prices that were made a while after that moment have come through. */
  const isWell = (since: number): boolean => (listener.arrivals.at(-1)?.at ?? 0) > since + WELL_FOR_MS;
  await eventually(async () => isWell(began), 'the load is carried before anything fails', OVER_LIMIT_MS);

  const windows: (Window & { readonly lastedMs: number; readonly problem: string | null })[] = [];
  const scene: Scene = { cluster, farEnd, wait, pageAt: listener.url, random: () => random.next() };
  for (const { name, run: bringAbout, losesAnswers = false, missing } of faults) {
    const why = missing?.(cluster) ?? null;
    if (why !== null) {
      say(`${name}: left out, ${why}`);
      continue;
    }
    const from = Date.now();
    let problem = await within(FAULT_LIMIT_MS, bringAbout(scene)).then(() => null, String);
    const endedAt = Date.now();
    const lastedMs = endedAt - from;
    problem ??= await eventually(
      async () => (await cluster.ended()) !== null || isWell(endedAt),
      'triggers come in time again',
      OVER_LIMIT_MS,
    ).then(() => null, String);
    problem = (await cluster.ended()) ?? problem;
    windows.push({ name, from, to: Date.now(), losesAnswers, lastedMs, problem });
    say(`${name}: over after ${((Date.now() - from) / 1000).toFixed(1)} s${problem ? `; ${problem}` : ''}`);
    if (problem !== null) break;
  }

  const afterwards: string[] = [];
  const untaken = await feed.end(OVER_LIMIT_MS);
  if (untaken > 0) afterwards.push(`${untaken} prices were never taken`);
  for (const [verdict, count] of feed.refused) afterwards.push(`${count} prices were ${verdict}`);
  // What was never taken asks for nothing; the run has failed by it already.
  const crossings = market.crossings(market.made.length - untaken);
  await wait(CHECKPOINT_MS);
  await eventually(
    async () => wait(LOOK_EVERY_MS).then(() => hasReadAll(gateways()[0] as string)),
    'every price is evaluated',
    SETTLED_LIMIT_MS,
  ).catch((error: unknown) => afterwards.push(String(error)));
  const fired = await client().all<Fired>('/api/v1/triggers');
  const deliveries = async () => client().all<Told>('/api/v1/deliveries');
  const isAllTold = (told: readonly Told[]): boolean =>
    told.length >= fired.length && told.every(({ status }) => status === 'accepted' || status === 'dead');
  let told = await deliveries();
  for (const limit = Date.now() + SETTLED_LIMIT_MS; !isAllTold(told) && Date.now() < limit; told = await deliveries())
    await wait(1_000);
  const pageLimit = Date.now() + 10_000;
  while (listener.arrivals.length < fired.length && Date.now() < pageLimit) await wait(100);
  listener.end();
  endWatch();

  const evidence = { windows, crossings, alertIds, triggers: fired, deliveries: told, settled };
  const counts = judge({ ...evidence, calls: farEnd.calls, arrivals: listener.arrivals });
  return windows.map((window, i) => {
    const problems = [window.problem ?? [], i === windows.length - 1 ? afterwards : []].flat();
    return {
      ...(counts[i] as Counts),
      ...serviceIn(window, listener.arrivals),
      ...{ name: window.name, lastedMs: window.lastedMs, problem: problems.join('; ') || null },
    };
  });
}

/** What is not committed is at most the time's marks since the last checkpoints. */
async function hasReadAll(gateway: string): Promise<boolean> {
  const text = await (await fetch(`${gateway}/metrics`)).text();
  const lag = /^kafka_consumergroup_lag\{.*group="evaluate".*\} (\d+)$/m.exec(text)?.[1];
  return lag !== undefined && Number(lag) <= MARKS_BETWEEN_CHECKPOINTS;
}

/** What is wrong with a result, one line each; none where all is as promised. */
export function wrongs({
  name,
  lost,
  doubled,
  wrong,
  badDeliveries,
  badAtPage,
  problem,
  examples,
}: Result): readonly string[] {
  const found = Object.entries({ lost, doubled, wrong, badDeliveries, badAtPage }).filter(([, count]) => count > 0);
  if (found.length === 0 && problem === null) return [];
  return [`${name}: ${[...found.map(([what, count]) => `${count} ${what}`), problem ?? ''].join(', ')}`, ...examples];
}

/** Looks again and again which deliveries the ledger knows to be accepted, and how often each had come by then. */
function watchLedger(cluster: Cluster, calls: ReadonlyMap<string, readonly unknown[]>) {
  const settled = new Map<string, number>();
  let after = 0;
  const look = async (): Promise<void> => {
    const db = new pg.Client({ connectionString: cluster.store });
    db.on('error', () => {});
    try {
      await db.connect();
      const { rows } = await db.query(
        `select id, updated_at from deliveries where status = 'accepted' and updated_at > $1`,
        [after],
      );
      for (const { id, updated_at } of rows) {
        if (!settled.has(id)) settled.set(id, calls.get(id)?.length ?? 0);
        // Processes' clocks differ, and what is written later may have an earlier time.
        after = Math.max(after, Number(updated_at) - 120_000);
      }
    } catch {
      // The store is away: what it knows is seen when it is back.
    } finally {
      await db.end().catch(() => {});
    }
  };
  const timer = setInterval(() => void look(), 1_000);
  return { settled, end: () => clearInterval(timer) };
}
