/**
 * A user's open page: a live stream of some gateway; where it breaks, of the next, from the last event on. Remembers every
 * trigger and when it came.
 */
import { Client } from '../support/client.ts';

export interface Arrival {
  readonly id: string;
  /** When its price was made, and when it came, ms UTC. */
  readonly at: number;
  readonly cameAt: number;
}

export interface Listener {
  readonly arrivals: readonly Arrival[];
  /** Where it listens, or tries to. */
  url(): string;
  end(): void;
}

const RETRY_MS = 100;
/** A stream that says nothing for so long is given up: prices come all the time. */
const SILENT_MS = 2_000;

export function startListener(gateways: () => readonly string[], key: string): Listener {
  const arrivals: Arrival[] = [];
  let isEnding = false;
  let turn = 0;
  let url = '';
  let lastId = '';
  let giveUp = (): void => {};
  const listen = async (): Promise<void> => {
    const client = new Client(url, { 'x-api-key': key });
    const over = new AbortController();
    giveUp = () => over.abort();
    const headers: Record<string, string> = lastId ? { 'last-event-id': lastId } : {};
    let silence = setTimeout(giveUp, SILENT_MS);
    try {
      for await (const { event, id, data } of client.stream('/api/v1/stream?symbols=COIN00', headers, over.signal)) {
        if (isEnding) return;
        clearTimeout(silence);
        silence = setTimeout(giveUp, SILENT_MS);
        if (id) lastId = id;
        if (event !== 'trigger') continue;
        const trigger = data as { id: string; after: { at: number } };
        arrivals.push({ id: trigger.id, at: trigger.after.at, cameAt: Date.now() });
      }
    } finally {
      clearTimeout(silence);
    }
  };
  void (async () => {
    for (; !isEnding; turn += 1) {
      const urls = gateways();
      url = urls[turn % urls.length] ?? '';
      if (url) await listen().catch(() => {});
      await new Promise((again) => setTimeout(again, RETRY_MS));
    }
  })();
  return {
    arrivals,
    url: () => url,
    end() {
      isEnding = true;
      giveUp();
    },
  };
}
