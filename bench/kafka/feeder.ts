/**
 * The ingest role as a process of its own, on a feed that makes prices as it is told, a line each on standard input. All
 * prices of the symbols stay within 1.5 % of 100; those of the first HOT cross it upwards once in PERIOD prices.
 *
 *   rate N      so many prices a second from now on, of all symbols in turn
 *   halt        no more; it answers with how often 100 was crossed upwards when the last price is durable
 *   backlog N   so many at once, as fast as they are taken; it answers when they are durable
 *   storm       a price of 100 for STORM, then one of 103; it answers with the time of the second
 */
import { createInterface } from 'node:readline';
import { readConfig } from '#config.ts';
import { silentLog } from '#contracts/log.ts';
import type { Source, SourceEvents } from '#contracts/source.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { startProgram } from '../../src/program.ts';
import { SYMBOLS } from '../workload.ts';
import { HOT, instrumentOf, PERIOD, STORM } from './market.ts';

/** A feed hands over what came in so long. */
const EVERY_MS = 5;
/** As much as one publish takes. */
const AT_ONCE = 2_000;

const [STORE, BUS] = process.argv.slice(2);
const answer = (what: object): void => console.log(JSON.stringify(what));
const crash = (role: string, error: unknown): void => {
  console.error(role, error);
  process.exit(1);
};

let step = 0;
let crossings = 0;
function next(now: number): Tick {
  const index = step % SYMBOLS.length;
  const sequence = Math.floor(step / SYMBOLS.length);
  step += 1;
  const phase = (sequence + index) % PERIOD;
  const isAbove = index < HOT && phase >= PERIOD / 2;
  if (index < HOT && phase === PERIOD / 2 && sequence > 0) crossings += 1;
  const price = 99 + (isAbove ? 1 : 0) + ((sequence * 7 + index) % 90) / 100;
  return { symbol: SYMBOLS[index] as InstrumentSymbol, price, volume: 1, ...common(now), sequence };
}
const common = (now: number) => ({ at: now, receivedAt: now, source: 'bench' });

let events: SourceEvents | null = null;
const feed: Source = {
  ...{ name: 'bench', demo: false, recordedTime: null },
  instruments: async () => [...SYMBOLS, STORM].map(instrumentOf),
  async start(_, given) {
    events = given;
    given.state('live', '');
    answer({ ready: true });
  },
  watch: async () => {},
  stop: async () => {},
};
const emit = async (ticks: readonly Tick[]): Promise<void> => {
  const verdicts = await (events as SourceEvents).emit(ticks);
  const wrong = verdicts.find((verdict) => verdict !== 'accepted');
  if (wrong !== undefined) throw new Error(`a price was ${wrong}`);
};

let perSecond = 0;
let owed = 0;
let madeAt = performance.now();
const waiting: Tick[] = [];
let work: Promise<void> | null = null;
setInterval(() => {
  const now = performance.now();
  owed += ((now - madeAt) / 1000) * perSecond;
  madeAt = now;
  for (; owed >= 1; owed -= 1) waiting.push(next(Date.now()));
  if (waiting.length > 0) work ??= handOver();
}, EVERY_MS);
/** One call in hand at a time, as sources do. */
async function handOver(): Promise<void> {
  while (waiting.length > 0) await emit(waiting.splice(0));
  work = null;
}

const read = readConfig({
  ...{
    ROLES: 'ingest',
    STORE,
    BUS,
    BUS_PARTITIONS: '1',
    PORT: '0',
    AUTH_SECRET: 'the same secret for every process here',
  },
});
if (!('config' in read)) throw new Error(read.problems.join());
const spec = { text: 'bench', recorded: false, make: () => feed };
const program = await startProgram({ config: read.config, specs: [spec], log: silentLog, crash });

createInterface({ input: process.stdin })
  .on('line', (line) => void told(line).catch((error: unknown) => crash('feeder', error)))
  .on('close', () => void program.stop().finally(() => process.exit(0)));

async function told(line: string): Promise<void> {
  const [command, count] = line.split(' ');
  if (command === 'rate') perSecond = Number(count);
  if (command === 'halt') {
    perSecond = 0;
    await work;
    answer({ crossings });
  }
  if (command === 'backlog') {
    for (let left = Number(count); left > 0; left -= AT_ONCE)
      await emit(Array.from({ length: Math.min(left, AT_ONCE) }, () => next(Date.now())));
    answer({ durable: Number(count) });
  }
  if (command === 'storm') {
    await emit([{ symbol: STORM, price: 100, ...common(Date.now()), sequence: 1 }]);
    const at = Date.now();
    await emit([{ symbol: STORM, price: 103, ...common(at), sequence: 2 }]);
    answer({ at });
  }
}
