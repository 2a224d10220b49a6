/**
 * From a price that ingest receives to the trigger on an open page, at a steady rate; and from the answer of `POST /alerts`
 * to the news that the alert is armed, in the same load. By the clock of the machine, in whole milliseconds. Beside it what
 * nobody can be sooner than: the same way with nothing evaluated, while the program has nothing to do and beside it at work.
 */
import assert from 'node:assert/strict';
import { eventually } from '../../test/support/client.ts';
import { medianOf, show, table } from '../harness.ts';
import { SYMBOLS } from '../workload.ts';
import { type Beneath, beneath } from './beneath.ts';
import type { Arrival, Cluster } from './cluster.ts';
import { HOT, PERIOD } from './market.ts';
import { pause, type Site, takenBy } from './site.ts';

export interface EndToEndOptions {
  readonly perSecond: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** Alerts that the user makes while prices flow: one each. */
const POST_EVERY_MS = 200;

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

function row(name: string, values: readonly number[]): readonly string[] {
  const sorted = [...values].sort((a, b) => a - b);
  return [name, show(sorted.length), ...[0.5, 0.9, 0.99, 1].map((share) => show(quantile(sorted, share)))];
}

/** Triggers a second. */
const firingAt = (perSecond: number): number => (perSecond * HOT) / SYMBOLS.length / PERIOD;

function rowsOf(name: string, { whole, read, committed }: Beneath): readonly (readonly string[])[] {
  return [
    row(`${name}: price → commit → news`, whole),
    row(`${name}: price → read`, read),
    row(`${name}: a commit`, committed),
  ];
}

export async function endToEnd(
  site: Site,
  cluster: Cluster,
  options: EndToEndOptions,
): Promise<Record<string, number>> {
  const { feeder, arrivals, user, armedAt, pids } = cluster;
  const { perSecond, warmUpSeconds, seconds } = options;
  const firing = firingAt(perSecond);
  const floor = await beneath(site, { ...options, marked: firing });
  feeder.say(`rate ${perSecond}\n`);
  await pause(warmUpSeconds * 1_000);

  const before = takenBy(pids);
  const from = Date.now();
  const answered = new Map<string, number>();
  while (Date.now() < from + seconds * 1_000) {
    const condition = `price crosses above ${200 + answered.size}`;
    const { id } = await user.ok('POST', '/api/v1/alerts', {
      symbol: SYMBOLS[answered.size % SYMBOLS.length],
      condition,
    });
    answered.set(id, Date.now());
    await pause(POST_EVERY_MS);
  }
  const to = Date.now();
  const after = takenBy(pids);
  // No more than the marked ones, beside all that the program does.
  const beside = await beneath(site, { ...options, perSecond: firing, marked: firing });
  feeder.say('halt\n');
  const { crossings } = await feeder.answer((answer) => 'crossings' in answer);
  await eventually(async () => arrivals.length >= crossings, 'every crossing is told');
  assert.equal(arrivals.length, crossings, 'each once');
  await eventually(async () => [...answered.keys()].every((id) => armedAt.has(id)), 'every alert is armed');

  const mine = arrivals.filter(({ receivedAt }) => receivedAt >= from && receivedAt < to);
  const told = (of: (arrival: Arrival) => number): number[] => mine.map(of);
  const whole = told(({ receivedAt, cameAt }) => cameAt - receivedAt);
  const armed = [...answered].map(([id, at]) => Math.max(0, (armedAt.get(id) ?? Number.POSITIVE_INFINITY) - at));
  console.log(
    `\nFrom price to page: ${show(perSecond)} prices/s for ${show((to - from) / 1_000)} s, ${show(whole.length)} triggers\n`,
  );
  console.log(
    table(
      ['', 'times', 'p50 ms', 'p90 ms', 'p99 ms', 'worst ms'],
      [
        row('price received by ingest → trigger on the page', whole),
        row(
          'received → evaluated',
          told(({ receivedAt, evaluatedAt }) => evaluatedAt - receivedAt),
        ),
        row(
          'evaluated → written, not yet committed',
          told(({ evaluatedAt, recordedAt }) => recordedAt - evaluatedAt),
        ),
        row(
          'written → committed, told, on the page',
          told(({ recordedAt, cameAt }) => cameAt - recordedAt),
        ),
        row('POST /alerts answered → armed, on the page', armed),
        ...rowsOf('beneath it, nothing else at work', floor),
        ...rowsOf('beneath it, beside it at work', beside),
      ],
    ),
  );
  console.log('\nMeanwhile:\n');
  const shares = [...pids.keys()].map((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    const more = (of: 'seconds' | 'turns' | 'waited'): number => (is?.[of] ?? 0) - (was?.[of] ?? 0);
    const passed = (to - from) / 1_000;
    const waitMs = (more('waited') / more('turns')) * 1_000;
    return { name, cores: more('seconds') / passed, turns: more('turns') / passed, waitMs, bytes: is?.bytes ?? 0 };
  });
  console.log(
    table(
      ['process', 'of a core', 'turns a second', 'ms it waits for one', 'MiB'],
      shares.map(({ name, cores, turns, waitMs, bytes }) => [
        ...[name, cores.toFixed(3), show(turns), show(waitMs), show(bytes / 2 ** 20)],
      ]),
    ),
  );
  const sorted = [...whole].sort((a, b) => a - b);
  return {
    [`price to page at ${perSecond}/s, p50 ms`]: medianOf(whole),
    [`price to page at ${perSecond}/s, p99 ms`]: quantile(sorted, 0.99),
    [`beneath it at ${perSecond}/s, p99 ms`]: quantile(
      [...floor.whole].sort((a, b) => a - b),
      0.99,
    ),
    ...Object.fromEntries(shares.map(({ name, cores }) => [`${name} at ${perSecond}/s, cores`, cores])),
  };
}
