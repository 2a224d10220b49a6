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
  let stop = (): void => {};
  const listen = async (): Promise<void> => {
    const client = new Client(url, { 'x-api-key': key });
    const events = client.stream('/api/v1/stream?symbols=COIN00', lastId ? { 'last-event-id': lastId } : {});
    const silence = new Error('silent');
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const next = await Promise.race([
        events.next(),
        new Promise<never>((_, give) => {
          timer = setTimeout(() => give(silence), SILENT_MS);
          stop = () => give(silence);
        }),
      ]).finally(() => clearTimeout(timer));
      if (next.done || isEnding) return;
      const { event, id, data } = next.value;
      if (id) lastId = id;
      if (event !== 'trigger') continue;
      const trigger = data as { id: string; after: { at: number } };
      arrivals.push({ id: trigger.id, at: trigger.after.at, cameAt: Date.now() });
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
      stop();
    },
  };
}
