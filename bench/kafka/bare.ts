/**
 * What lies below a price's way to the page: the same number of prices, through the same broker by the same client, that
 * nobody evaluates. One of them in so many is marked; whoever reads it makes one synced commit in the same database and
 * publishes it again, as news. A process of its own for each of the two, as the roles are:
 *
 *   sender N M   publishes N prices a second, M of them marked, as a feed hands them over, until its input ends
 *   middle       reads prices; of each that is marked, a commit, then news of it; told anything, it answers with how many
 *                ms each took to be read, and each commit
 */
import { createInterface } from 'node:readline';
import pg from 'pg';
import { ticksIn } from '#contracts/price-events.ts';
import type { TriggerId } from '#domain/alert/trigger.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { SYMBOLS } from '../workload.ts';
import { MARK } from './market.ts';
import { openGround } from './site.ts';

const EVERY_MS = 5;
/** As many as share a message. */
const AT_ONCE = 50;
const answer = (what: object): void => console.log(JSON.stringify(what));

const [store = '', busUrl = '', part, perSecond = '0', marked = '0'] = process.argv.slice(2);
const { bus, close } = await openGround({ store, bus: busUrl }, (role, error) => {
  console.error(role, error);
  process.exit(1);
});

if (part === 'sender') {
  let step = 0;
  let owed = 0;
  let marksOwed = 0;
  let madeAt = performance.now();
  const waiting: Tick[] = [];
  let isAtWork = false;
  const make = (): Tick => {
    const symbol = SYMBOLS[step % SYMBOLS.length] as InstrumentSymbol;
    step += 1;
    marksOwed += Number(marked) / Number(perSecond);
    const source = marksOwed >= 1 ? MARK : 'bench';
    marksOwed %= 1;
    const at = Date.now();
    return { symbol, price: 99 + (step % 90) / 100, volume: 1, at, receivedAt: at, source, sequence: step };
  };
  const handOver = async (): Promise<void> => {
    isAtWork = true;
    while (waiting.length > 0) {
      const messages = [];
      while (waiting.length > 0) {
        const ticks = waiting.splice(0, AT_ONCE);
        messages.push({ key: ticks[0]?.symbol as string, value: { kind: 'ticks', ticks } as const });
      }
      await bus.publish('stock-prices', messages);
    }
    isAtWork = false;
  };
  setInterval(() => {
    const now = performance.now();
    owed += ((now - madeAt) / 1000) * Number(perSecond);
    madeAt = now;
    for (; owed >= 1; owed -= 1) waiting.push(make());
    if (!isAtWork) void handOver();
  }, EVERY_MS);
} else {
  const db = new pg.Client({ connectionString: store, pipeline: true });
  await db.connect();
  let [read, committed]: [number[], number[]] = [[], []];
  const pass = async (after: Tick): Promise<void> => {
    const readAt = Date.now();
    await db.query('insert into bare values ($1)', [after.at]);
    read.push(readAt - after.at);
    committed.push(Date.now() - readAt);
    const trigger = { id: '' as TriggerId, symbol: after.symbol, after };
    await bus.publish('alerts', [{ key: MARK, value: { kind: 'trigger', userId: MARK, seq: 0, trigger } }]);
  };
  await bus.tail('stock-prices', ({ messages }) => {
    for (const { value } of messages) for (const tick of ticksIn(value)) if (tick.source === MARK) void pass(tick);
  });
  createInterface({ input: process.stdin }).on('line', () => {
    answer({ read, committed });
    [read, committed] = [[], []];
  });
}
answer({ ready: true });
process.stdin.resume().on('end', () => void close().finally(() => process.exit(0)));
