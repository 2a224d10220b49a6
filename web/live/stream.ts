/**
 * The live connection: one WebSocket that tells prices, alerts, triggers, deliveries and watchlists. A browser gives all
 * tabs of one address six connections over HTTP/1.1, and an EventSource holds one of them for as long as its tab is open:
 * with it the seventh tab would not even load. WebSockets are not among the six. Where none can be had (a proxy that
 * passes no upgrade), an EventSource takes its place (docs/adr/0033).
 *
 *   connecting ──> live ──> reconnecting ──> live …
 *                              └── offline (the browser says there is no network)
 *
 * A connection that ends is made anew with the last id we saw: when the server said, or after a wait.
 */
import { useSyncExternalStore } from 'react';
import type { DeliveryView } from '#api/contract/delivery.ts';
import type { AlertEventView, PriceEventView, StreamEvent, WatchlistEventView } from '#api/contract/stream.ts';
import type { TriggerView } from '#api/contract/trigger.ts';
import { type Line, listen, talk } from './line.ts';

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

/** First and longest wait before a connection that ended is made anew, by chance half as much more or less. */
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
  let line: Line | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastId = '';
  let wasLive = false;
  let failures = 0;
  /** Until the first connection both kinds are tried in turn; then it stays with the one that came about. */
  let open = talk;

  const connect = (): void => {
    clearTimeout(timer);
    line?.close();
    let isOpen = false;
    line = open(lastId, {
      opened() {
        isOpen = true;
        failures = 0;
        become('live');
        wasLive = true;
        listener.opened();
      },
      told(event, id) {
        if (id !== undefined) lastId = id;
        tell(listener, event);
      },
      interrupted() {
        become(navigator.onLine ? (wasLive ? 'reconnecting' : 'connecting') : 'offline');
      },
      lost(backAfterMs) {
        this.interrupted();
        failures += 1;
        if (!wasLive && !isOpen) open = open === talk ? listen : talk;
        const waitMs = Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** (failures - 1)) * (0.5 + Math.random());
        timer = setTimeout(connect, backAfterMs ?? waitMs);
      },
    });
  };

  const offline = (): void => become('offline');
  addEventListener('online', connect);
  addEventListener('offline', offline);
  connect();
  return () => {
    removeEventListener('online', connect);
    removeEventListener('offline', offline);
    clearTimeout(timer);
    line?.close();
  };
}

function tell(listener: StreamListener, told: StreamEvent): void {
  if (told.event === 'price') listener.price(told.data);
  else if (told.event === 'alert') listener.alert(told.data);
  else if (told.event === 'trigger') listener.trigger(told.data);
  else if (told.event === 'delivery') listener.delivery(told.data);
  else if (told.event === 'watchlist') listener.watchlist(told.data);
}
