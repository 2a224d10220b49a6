/** Every request the page makes, by name. The paths of the API stand here and nowhere else in the page. */
import type { AlertMemberView, AlertView, CreateAlert, UpdateAlert, WhyView } from '#api/contract/alert.ts';
import type { BacktestLine, CreateBacktest } from '#api/contract/backtest.ts';
import type {
  ChannelKindView,
  ChannelView,
  CreateChannel,
  CreatedChannel,
  TestResult,
  UpdateChannel,
} from '#api/contract/channel.ts';
import type { CheckCondition, ConditionCheck } from '#api/contract/condition.ts';
import type { DeliveryView } from '#api/contract/delivery.ts';
import type { InstrumentView } from '#api/contract/instrument.ts';
import type { HistoryView, SourceView } from '#api/contract/price.ts';
import type { List } from '#api/contract/scalar.ts';
import type {
  ApiKeyView,
  CreateApiKey,
  CreatedApiKey,
  SessionView,
  SignedIn,
  SignIn,
  SignUp,
} from '#api/contract/session.ts';
import type { TriggerView } from '#api/contract/trigger.ts';
import type { CreateWatchlist, UpdateWatchlist, WatchlistView } from '#api/contract/watchlist.ts';
import { request, requestLines } from './client.ts';
import { untilVisitorIsKnown } from './visitor.ts';

type Query = Readonly<Record<string, string | number | null | undefined>>;
type Signal = { readonly signal?: AbortSignal };

function withQuery(path: string, query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') params.set(name, String(value));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}
const id = encodeURIComponent;
/** For what makes something: only when there is a user to make it for. */
async function make<T>(path: string, body: unknown, more?: { readonly idempotencyKey?: string }): Promise<T> {
  await untilVisitorIsKnown();
  return request<T>('POST', path, body, more);
}
const get = <T>(path: string, query: Query = {}, more: Signal = {}): Promise<T> =>
  request<T>('GET', withQuery(path, query), undefined, more);

/** The most instruments one answer holds; beyond them one searches. */
export const MOST_INSTRUMENTS = 200;

export const calls = {
  session: () => get<SessionView>('/session'),
  signUp: (body: SignUp) => make<SignedIn>('/session/sign-up', body),
  signIn: (body: SignIn) => make<SignedIn>('/session/sign-in', body),
  signOut: () => request<void>('POST', '/session/sign-out'),
  apiKeys: () => get<List<ApiKeyView>>('/api-keys'),
  createApiKey: (body: CreateApiKey) => make<CreatedApiKey>('/api-keys', body),
  removeApiKey: (key: string) => request<void>('DELETE', `/api-keys/${id(key)}`),

  instruments: (q: string, more?: Signal) =>
    get<List<InstrumentView>>('/instruments', { q, limit: MOST_INSTRUMENTS }, more),
  instrument: (symbol: string) => get<InstrumentView>(`/instruments/${id(symbol)}`),
  history: (symbol: string, query: { interval: string; from?: number; to?: number; limit?: number }, more?: Signal) =>
    get<HistoryView>(`/prices/${id(symbol)}/history`, query, more),
  sources: () => get<List<SourceView>>('/sources'),

  watchlists: () => get<List<WatchlistView>>('/watchlists'),
  createWatchlist: (body: CreateWatchlist) => make<WatchlistView>('/watchlists', body),
  updateWatchlist: (list: string, body: UpdateWatchlist) =>
    request<WatchlistView>('PATCH', `/watchlists/${id(list)}`, body),
  removeWatchlist: (list: string) => request<void>('DELETE', `/watchlists/${id(list)}`),
  addMembers: (list: string, body: { symbols: readonly string[]; at?: number }) =>
    request<WatchlistView>('POST', `/watchlists/${id(list)}/members`, body),
  removeMember: (list: string, symbol: string) =>
    request<WatchlistView>('DELETE', `/watchlists/${id(list)}/members/${id(symbol)}`),

  checkCondition: (body: CheckCondition, more?: Signal) =>
    request<ConditionCheck>('POST', '/conditions/check', body, more),
  backtest: (body: CreateBacktest, signal: AbortSignal) => requestLines<BacktestLine>('/backtests', body, signal),

  alerts: (query: { symbol?: string; cursor?: string | null; sort?: string }) =>
    get<List<AlertView>>('/alerts', { limit: 200, ...query }),
  alert: (alert: string) => get<AlertView>(`/alerts/${id(alert)}`),
  alertMembers: (alert: string, cursor: string | null) =>
    get<List<AlertMemberView>>(`/alerts/${id(alert)}/members`, { limit: 200, cursor }),
  why: (alert: string, symbol: string | null) => get<WhyView>(`/alerts/${id(alert)}/why`, { symbol }),
  createAlert: (body: CreateAlert, idempotencyKey: string) => make<AlertView>('/alerts', body, { idempotencyKey }),
  updateAlert: (alert: string, body: UpdateAlert) => request<AlertView>('PATCH', `/alerts/${id(alert)}`, body),
  removeAlert: (alert: string) => request<void>('DELETE', `/alerts/${id(alert)}`),

  triggers: (query: { alertId?: string; symbol?: string; cursor?: string | null; limit?: number }) =>
    get<List<TriggerView>>('/triggers', { limit: 50, ...query }),
  trigger: (trigger: string) => get<TriggerView>(`/triggers/${id(trigger)}`),
  markSeen: (triggerIds: readonly string[]) => request<unknown>('POST', '/triggers/seen', { triggerIds }),

  deliveries: (query: { triggerId?: string; limit?: number }) =>
    get<List<DeliveryView>>('/deliveries', { limit: 200, ...query }),
  retryDelivery: (delivery: string) => request<DeliveryView>('POST', `/deliveries/${id(delivery)}/retry`),

  channelKinds: () => get<List<ChannelKindView>>('/channels/kinds'),
  channels: () => get<List<ChannelView>>('/channels'),
  createChannel: (body: CreateChannel) => make<CreatedChannel>('/channels', body),
  updateChannel: (channel: string, body: UpdateChannel) =>
    request<ChannelView>('PATCH', `/channels/${id(channel)}`, body),
  removeChannel: (channel: string) => request<void>('DELETE', `/channels/${id(channel)}`),
  testChannel: (channel: string) => request<TestResult>('POST', `/channels/${id(channel)}/test`),
} as const;
