/**
 * One connection to the server's live stream, by WebSocket or by EventSource: both tell the same.
 */
import type { StreamEvent } from '#api/contract/stream.ts';

export interface Line {
  close(): void;
}

export interface LineOptions {
  opened(): void;
  /** `id` is what to go on from. */
  told(event: StreamEvent, id: string | undefined): void;
  /** The connection broke; it comes back by itself. */
  interrupted(): void;
  /** It is over; `backAfterMs` is when the server wants us back, where it said so. */
  lost(backAfterMs?: number): void;
}

const query = (lastId: string): string => (lastId === '' ? '' : `?lastEventId=${lastId}`);

/** Over a WebSocket. */
export function talk(lastId: string, options: LineOptions): Line {
  let socket: WebSocket;
  try {
    socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/v1/ws${query(lastId)}`);
  } catch {
    // Forbidden by the browser. Later, as if it had been tried: who opens a line has not got it yet.
    const timer = setTimeout(() => options.lost());
    return { close: () => clearTimeout(timer) };
  }
  let backAfterMs: number | undefined;
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    const event = JSON.parse(data) as StreamEvent;
    if (event.event === 'ready') options.opened();
    if (event.event === 'closing') backAfterMs = event.data.retryMs;
    options.told(event, 'id' in event ? event.id : undefined);
  };
  socket.onclose = () => options.lost(backAfterMs);
  return {
    close() {
      socket.onclose = null;
      socket.onmessage = null;
      socket.close();
    },
  };
}

const NAMES = ['price', 'alert', 'trigger', 'delivery', 'watchlist'] as const satisfies readonly StreamEvent['event'][];

/** Over an EventSource, which reconnects by itself and sends the last id it had, until it gives up. */
export function listen(lastId: string, options: LineOptions): Line {
  const source = new EventSource(`/api/v1/stream${query(lastId)}`);
  source.onopen = () => options.opened();
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) options.lost();
    else options.interrupted();
  };
  for (const event of NAMES)
    source.addEventListener(event, ({ data, lastEventId }: MessageEvent<string>) =>
      options.told({ event, data: JSON.parse(data) } as StreamEvent, lastEventId === '' ? undefined : lastEventId),
    );
  return { close: () => source.close() };
}
