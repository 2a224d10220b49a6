/**
 * The evaluate role behind: it starts on its checkpoint of a million alerts, with a log of prices before it, and reads until
 * it has come to the end. Counted is what its process does between two looks at its own metrics while it is busy, so that
 * the start is not in it. The same prices, a record each (as any program may write them) and as ingest publishes them.
 */
import { eventually } from '../../test/support/client.ts';
import { show, table } from '../harness.ts';
import { residentOf, secondsOf } from '../streaming/child.ts';
import { SYMBOLS } from '../workload.ts';
import { openGround, pause, type Site } from './site.ts';

const LOOK_EVERY_MS = 1_000;
const AT_ONCE = 2_000;

interface Look {
  readonly ticks: number;
  readonly spent: number;
  readonly at: number;
}

interface Measured {
  readonly ticks: number;
  readonly records: number;
  /** A processor second, and a second by the clock. */
  readonly perSpent: number;
  readonly perSecond: number;
  readonly bytes: number;
  /** Processor seconds of the client alone for all of it. */
  readonly floor: { readonly reading: number; readonly decoding: number };
}

export interface BacklogOptions {
  readonly ticks: number;
  readonly checkpoint: ReadonlyMap<string, string>;
  /** With the same prices in a record each. */
  readonly isCompared: boolean;
}

export async function backlog(site: Site, options: BacklogOptions): Promise<Record<string, number>> {
  const measured = new Map<string, Measured>();
  if (options.isCompared) measured.set('a record each', await measure(site, options, false));
  measured.set('as ingest publishes them', await measure(site, options, true));
  console.log(`\nThe evaluate role, ${show(options.ticks)} prices behind\n`);
  console.log(
    table(
      [
        'prices',
        'records',
        'ticks/s of a processor second',
        'ticks/s by the clock',
        's for a million',
        'the client alone, read',
        'and decoded',
        'MiB',
      ],
      [...measured].map(([name, { ticks, records, perSpent, perSecond, bytes, floor }]) => [
        ...[name, show(records), show(perSpent), show(perSecond), show(1e6 / perSpent)],
        ...[show((floor.reading / ticks) * 1e6), show((floor.decoding / ticks) * 1e6), show(bytes / 2 ** 20)],
      ]),
    ),
  );
  return Object.fromEntries([...measured].map(([name, { perSpent }]) => [`evaluate, ${name}, ticks/s`, perSpent]));
}

async function measure(site: Site, { ticks, checkpoint }: BacklogOptions, isFramed: boolean): Promise<Measured> {
  const ground = await site.newGround();
  const { store, bus, close } = await openGround(ground);
  await store.checkpoints.load(0);
  await store.checkpoints.save(0, 0, checkpoint);
  if (isFramed) {
    // Nobody records here, and ingest waits for whoever does: all that comes is recorded, as far as it knows.
    await bus.commit('stock-prices', 'record', 0, Number.MAX_SAFE_INTEGER);
    const feeder = site.child('feeder', ground);
    await feeder.answer(({ ready }) => ready);
    feeder.say(`backlog ${ticks}\n`);
    await feeder.answer(({ durable }) => durable);
    await feeder.stop();
  } else
    for (let from = 0; from < ticks; from += AT_ONCE) {
      const at = Date.now();
      await bus.publish(
        'stock-prices',
        Array.from({ length: Math.min(AT_ONCE, ticks - from) }, (_, i) => {
          const index = from + i;
          const symbol = SYMBOLS[index % SYMBOLS.length] as (typeof SYMBOLS)[number];
          const sequence = Math.floor(index / SYMBOLS.length);
          const price = 99 + ((sequence * 7 + index) % 90) / 100;
          const tick = { symbol, price, volume: 1, at, receivedAt: at, source: 'bench', sequence };
          return { key: symbol, value: { kind: 'tick', tick } };
        }),
      );
    }
  const records = await bus.lag('stock-prices', 'evaluate');
  await close();

  const reader = site.child('floor', ground, String(records));
  const floor = await reader.answer();

  const program = await site.run(ground, 'evaluate');
  const look = async (): Promise<Look> => {
    const text = await (await fetch(`${program.url}/metrics`)).text();
    const counted = Number(/^evaluator_ticks_total (\d+)$/m.exec(text)?.[1] ?? 0);
    return { ticks: counted, spent: secondsOf(program.pid), at: performance.now() };
  };
  const looks: Look[] = [];
  await eventually(
    async () => {
      const seen = await look();
      if (seen.ticks < ticks) looks.push(seen);
      if (seen.ticks < ticks) await pause(LOOK_EVERY_MS);
      return seen.ticks >= ticks;
    },
    'the role has come to the end',
    300_000,
  );
  const bytes = residentOf(program.pid);
  await program.stop();
  // Where it is all over within two looks there is nothing to tell.
  const [first, last] = [looks.find((one) => one.ticks > 0), looks.at(-1)];
  const [done, spent, took] =
    first && last ? [last.ticks - first.ticks, last.spent - first.spent, last.at - first.at] : [0, 0, 0];
  return { ticks, records, perSpent: done / spent, perSecond: (done / took) * 1_000, bytes, floor };
}
