/**
 * What must hold when a run is over, whatever happened in it. Every breach is a line; the list is empty where the
 * program kept its promises. What should have fired is worked out anew from the log, from its
 * first message to its last, by an engine that was never stopped.
 */

import { eventsIn, ticksIn } from '#contracts/price-events.ts';
import type { BusLogStore } from '#contracts/store/bus-log.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import type { Alert } from '#domain/alert/alert.ts';
import { type Armed, countMembers, type Member, statusOfMembers } from '#domain/alert/member.ts';
import { Engine } from '#domain/engine/engine.ts';
import type { Effect } from '#domain/engine/event.ts';
import type { Tick } from '#domain/market/tick.ts';
import { INSTRUMENTS, PARTITIONS, START_AT } from './script.ts';
import { CHANNEL, USER, WATCHLIST } from './user.ts';
import type { Run } from './world.ts';

const MANY = 1_000_000;
const DAY_MS = 86_400_000;
const PAGE = { cursor: null, limit: 200 };

async function readLog(busLog: BusLogStore, partition: number): Promise<readonly PriceEvent[]> {
  const rows = await busLog.read('stock-prices', partition, 0, MANY);
  return rows.flatMap(({ messages }) => messages.map(({ value }) => value as PriceEvent));
}

/** Each tick of the script stands in the log, and for the first time behind the one before it. */
function checkTicks(ticks: readonly Tick[], log: readonly PriceEvent[], breaches: string[]): void {
  for (const { symbol } of INSTRUMENTS) {
    const said = ticks.filter((tick) => tick.symbol === symbol).map(({ sequence }) => sequence);
    const firsts = new Set(
      log
        .flatMap(ticksIn)
        .filter((tick) => tick.symbol === symbol)
        .map(({ sequence }) => sequence),
    );
    if (JSON.stringify([...firsts]) !== JSON.stringify(said))
      breaches.push(`${symbol}: the log has ${firsts.size} ticks in its order, the source said ${said.length}`);
  }
}

async function checkHistory(run: Run, breaches: string[]): Promise<void> {
  for (const { symbol } of INSTRUMENTS) {
    const said = run.script.ticks.filter((tick) => tick.symbol === symbol);
    const candles = await run.store.prices.candles(symbol, START_AT - DAY_MS, START_AT + DAY_MS, DAY_MS, 10);
    const trades = candles.reduce((sum, candle) => sum + candle.trades, 0);
    const volume = candles.reduce((sum, candle) => sum + candle.volume, 0);
    if (trades !== said.length) breaches.push(`${symbol}: history has ${trades} ticks of ${said.length}`);
    if (volume !== said.reduce((sum, tick) => sum + (tick.volume ?? 0), 0))
      breaches.push(`${symbol}: history has a volume of ${volume}`);
    const [latest] = await run.store.prices.latest([symbol]);
    if (latest?.sequence !== said.at(-1)?.sequence) breaches.push(`${symbol}: the latest price is not the last`);
  }
}

function checkCalls(run: Run, ids: ReadonlySet<string>, accepted: ReadonlySet<string>, breaches: string[]): void {
  for (const { id } of run.calls) if (!ids.has(id)) breaches.push(`the far end was called with ${id}, no delivery`);
  for (const { id, known } of run.calls)
    if (known) breaches.push(`delivery ${id} was sent again, known to be accepted`);
  for (const id of accepted)
    if (!run.calls.some((call) => call.id === id && call.took))
      breaches.push(`delivery ${id} never came to the far end`);
}

export async function breachesOf(run: Run): Promise<readonly string[]> {
  const breaches: string[] = run.bugs.map((bug) => `a role crashed: ${bug}`);
  if (!run.finished) breaches.push('the run hangs: something waits that never comes');
  const { store } = run;
  const expected = new Map<string, string>();
  const states = new Map<string, string>();
  /** Rules that were put, and those that were taken away again. */
  const put = new Set<string>();
  const removed = new Set<string>();
  const all: PriceEvent[] = [];
  for (let partition = 0; partition < PARTITIONS['stock-prices']; partition += 1) {
    const log = await readLog(store.busLog, partition);
    all.push(...log);
    const engine = new Engine();
    const effects: Effect[] = [];
    for (const event of log) {
      for (const one of eventsIn(event)) engine.apply(one, effects);
      if (event.kind === 'put-rule') put.add(event.rule.alertId);
      if (event.kind === 'remove-rule') removed.add(event.alertId);
    }
    for (const effect of effects) {
      if (effect.kind === 'trigger') expected.set(effect.trigger.id, JSON.stringify(effect.trigger));
      else states.set(effect.alertId, `${effect.version} ${effect.status} ${effect.epoch}`);
    }
  }
  checkTicks(run.script.ticks, all, breaches);
  await checkHistory(run, breaches);

  const triggers = (await store.triggers.list(USER, {}, PAGE)).items;
  const stored = new Set<string>(triggers.map(({ id }) => id));
  for (const [id] of expected)
    if (!stored.has(id) && !removed.has(id.slice(0, id.lastIndexOf('.')))) breaches.push(`trigger ${id} is missing`);
  for (const { id } of triggers) if (!expected.has(id)) breaches.push(`trigger ${id} should not have fired`);

  const deliveries = (await store.deliveries.list(USER, {}, PAGE)).items;
  for (const { id } of triggers) {
    const own = deliveries.filter(({ triggerId, channelId }) => triggerId === id && channelId === CHANNEL);
    if (own.length !== 1) breaches.push(`trigger ${id} has ${own.length} deliveries`);
  }
  const accepted = new Set<string>();
  for (const { id, status } of deliveries) {
    if (status === 'accepted') accepted.add(id);
    else if (status !== 'dead') breaches.push(`delivery ${id} was left ${status}`);
  }
  checkCalls(run, new Set(deliveries.map(({ id }) => id)), accepted, breaches);

  const watched = await rulesOf(run);
  for (const { id, version, status, epoch } of watched)
    if (states.get(id) !== `${version} ${status} ${epoch}`)
      breaches.push(`${id} is stored as ${version} ${status} ${epoch}, the log says ${states.get(id)}`);
  const alive = [...put].filter((id) => !removed.has(id)).sort();
  if (alive.join() !== watched.map(({ id }) => id).join())
    breaches.push(`the log runs ${alive.join()}, the store has ${watched.map(({ id }) => id).join()}`);
  await checkMembers(run, breaches);
  return breaches;
}

const alertsOf = async ({ store }: Run): Promise<readonly Alert[]> =>
  (await store.alerts.list(USER, { sort: 'createdAt' }, PAGE)).items;
const membersOf = async ({ store }: Run, { id }: Alert): Promise<readonly Member[]> =>
  (await store.alerts.members(USER, id, PAGE)).items;

/** Everything that is to be watched by the store: alerts on one instrument, and members of those over the list. */
async function rulesOf(run: Run): Promise<readonly (Armed & Pick<Alert, 'id'>)[]> {
  const rules: (Armed & Pick<Alert, 'id'>)[] = [];
  for (const alert of await alertsOf(run))
    rules.push(...(alert.watchlist === null ? [alert] : await membersOf(run, alert)));
  return rules.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Every alert over the list has the members that the list has, and says of all what each of them says. */
async function checkMembers(run: Run, breaches: string[]): Promise<void> {
  const list = await run.store.watchlists.get(USER, WATCHLIST.id);
  const wanted = [...(list?.symbols ?? [])].sort().join();
  const last = run.script.deeds.findLast(({ kind }) => kind === 'list');
  if (last?.kind === 'list' && wanted !== [...last.symbols].sort().join())
    breaches.push(`the list has ${wanted}, the user said ${last.symbols.join()}`);
  for (const alert of await alertsOf(run)) {
    if (alert.watchlist === null) continue;
    const members = await membersOf(run, alert);
    const symbols = members.map(({ symbol }) => symbol).join();
    if (symbols !== wanted) breaches.push(`${alert.id} watches ${symbols}, the list has ${wanted}`);
    const counts = countMembers(members);
    const status = statusOfMembers(counts, alert.status === 'paused');
    if (JSON.stringify(sorted(alert.members ?? {})) !== JSON.stringify(sorted(counts)) || alert.status !== status)
      breaches.push(
        `${alert.id} says ${alert.status} ${JSON.stringify(alert.members)}, its members ${JSON.stringify(counts)}`,
      );
    for (const { id, alertId, symbol } of (await run.store.triggers.list(USER, { alertId: alert.id }, PAGE)).items)
      if (!id.startsWith(`${alertId}.`) || !INSTRUMENTS.some((one) => one.symbol === symbol))
        breaches.push(`trigger ${id} on ${symbol} is not of ${alertId}`);
  }
}

const sorted = (counts: object): unknown => Object.entries(counts).sort();
