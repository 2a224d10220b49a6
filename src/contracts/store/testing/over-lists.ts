/**
 * Lists with alerts over them for the conformance suite, and what is asked about them again and again.
 */
import assert from 'node:assert/strict';
import type { Alert, UserId } from '#domain/alert/alert.ts';
import type { Member } from '#domain/alert/member.ts';
import { type Trigger, triggerId } from '#domain/alert/trigger.ts';
import type { Effect } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Watchlist } from '#domain/watchlist/watchlist.ts';
import type { RuleChange } from '../alerts.ts';
import type { Store } from '../store.ts';
import { newSymbol, sampleAlert, sampleInstrument, sampleTrigger, sampleWatchlist, T0 } from './samples.ts';

export const LIMIT = 100_000;
export const EACH = { kind: 'each-member', at: T0, maxMembers: LIMIT } as const;

export function overLists(open: () => Store) {
  const instruments = async (count: number): Promise<InstrumentSymbol[]> => {
    const made = Array.from({ length: count }, () => sampleInstrument({ symbol: newSymbol() }));
    await open().instruments.upsertShared(made);
    return made.map(({ symbol }) => symbol).sort();
  };
  const listOf = async (userId: UserId, symbols: readonly InstrumentSymbol[]): Promise<Watchlist> => {
    const list = sampleWatchlist(userId, { symbols });
    assert.equal(await open().watchlists.create(list, LIMIT), 'created');
    return list;
  };
  const sampleOver = ({ id, name, userId }: Watchlist, more: Partial<Alert> = {}): Alert =>
    sampleAlert(userId, { symbol: null, watchlist: { id, name }, condition: 'price > 150', ...more });
  const over = async (list: Watchlist, more: Partial<Alert> = {}): Promise<Alert> => {
    const alert = sampleOver(list, more);
    assert.equal(await open().alerts.create(alert, EACH, LIMIT), 'created');
    return find(alert);
  };
  const find = async ({ userId, id }: Alert): Promise<Alert> => (await open().alerts.get(userId, id)) as Alert;
  const membersOf = async ({ userId, id }: Alert): Promise<readonly Member[]> => {
    const all: Member[] = [];
    let cursor: string | null = null;
    do {
      const page = await open().alerts.members(userId, id, { cursor, limit: 200 });
      all.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return all;
  };
  const memberOn = async (alert: Alert, symbol: InstrumentSymbol | undefined): Promise<Member> =>
    (await open().alerts.member(alert.userId, alert.id, symbol as InstrumentSymbol)) as Member;
  /** Everything said to the evaluator since the last time. */
  const changes = async (): Promise<readonly RuleChange[]> => {
    const entries = await open().alerts.outbox(LIMIT);
    await open().alerts.markPublished(entries.map(({ id }) => id));
    return entries.map(({ change }) => change);
  };
  const brief = (change: RuleChange): string =>
    change.kind === 'put-rule'
      ? `put ${change.symbol} ${change.rule.alertId} ${change.rule.version}`
      : `remove ${change.symbol} ${change.alertId}`;
  const became = ({ id, version }: Member, status: Alert['status'], epoch: number, at = T0): Effect => ({
    ...{ kind: 'alert-state', alertId: id, version, status, epoch, at },
  });
  const firingOf = (alert: Alert, { id, symbol }: Member, epoch: number, more: Partial<Trigger> = {}): Trigger =>
    sampleTrigger(alert, epoch, { id: triggerId(id, epoch), alertId: id, symbol, ...more });
  const rewrite = async (list: Watchlist, more: Partial<Watchlist>): Promise<Watchlist> => {
    const next = { ...list, version: list.version + 1, ...more };
    assert.equal(typeof (await open().watchlists.update(next, EACH)), 'object');
    return next;
  };
  return {
    ...{ instruments, listOf, sampleOver, over, find, membersOf, memberOn, changes, brief, became, firingOf, rewrite },
  };
}
