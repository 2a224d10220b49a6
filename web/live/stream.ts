/**
 * The live connection: one EventSource that tells prices, alerts, triggers, deliveries and watchlists.
 *
 *   connecting ──> live ──> reconnecting ──> live …
 *                              └── offline (the browser says there is no network)
 *
 * The browser reconnects by itself and sends `Last-Event-ID`. Where it gives up (the server refused), a new connection is
 * made with the last id we saw, after a wait.
 */
import { useSyncExternalStore } from 'react';
import type { DeliveryView } from '#api/contract/delivery.ts';
import type { AlertEventView, PriceEventView, WatchlistEventView } from '#api/contract/stream.ts';
import type { TriggerView } from '#api/contract/trigger.ts';

export type Connection = 'connecting' | 'live' | 'reconnecting' | 'offline';

export interface StreamListener {
  price(event: PriceEventView): void;
  alert(event: AlertEventView): void;
  trigger(event: TriggerView): void;
  delivery(event: DeliveryView): void;
  watchlist(event: WatchlistEventView): void;
  /** The connection is there, for the first time or again. */
  opened(): void;
}

/** First and longest wait before a connection that the browser gave up is made anew. */
const RETRY_MS = 1000;
const MAX_RETRY_MS = 15_000;

let state: Connection = 'connecting';
const watchers = new Set<() => void>();
function become(next: Connection): void {
  if (next === state) return;
  state = next;
  for (const watcher of watchers) watcher();
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}

/** Opens the stream; the answer closes it. */
export function openStream(listener: StreamListener): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastId = '';
  let wasLive = false;
  let failures = 0;

  const connect = (): void => {
    clearTimeout(timer);
    source?.close();
    source = new EventSource(`/api/v1/stream${lastId ? `?lastEventId=${lastId}` : ''}`);
    source.onopen = () => {
      failures = 0;
      become('live');
      wasLive = true;
      listener.opened();
    };
    source.onerror = () => {
      become(navigator.onLine ? (wasLive ? 'reconnecting' : 'connecting') : 'offline');
      if (source?.readyState !== EventSource.CLOSED) return;
      failures += 1;
      timer = setTimeout(connect, Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** (failures - 1)));
    };
    const on = <T>(name: string, tell: (data: T) => void): void =>
      source?.addEventListener(name, (event: MessageEvent<string>) => {
        if (event.lastEventId) lastId = event.lastEventId;
        tell(JSON.parse(event.data) as T);
      });
    on<PriceEventView>('price', listener.price);
    on<AlertEventView>('alert', listener.alert);
    on<TriggerView>('trigger', listener.trigger);
    on<DeliveryView>('delivery', listener.delivery);
    on<WatchlistEventView>('watchlist', listener.watchlist);
  };

  const offline = (): void => become('offline');
  addEventListener('online', connect);
  addEventListener('offline', offline);
  connect();
  return () => {
    removeEventListener('online', connect);
    removeEventListener('offline', offline);
    clearTimeout(timer);
    source?.close();
  };
}
