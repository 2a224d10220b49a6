/**
 * The simulated price source: a recording that plays the script's ticks, each after what users do before it, and goes on
 * behind the last durable tick after a restart.
 */
import type { Source, SourceContext, SourceEvents } from '#contracts/source.ts';
import type { Tick } from '#domain/market/tick.ts';
import { INSTRUMENTS, SOURCE, START_AT } from './script.ts';

/** Ticks that are said at once, at most: sources come in batches. */
const MAX_BATCH = 4;

export function scriptedSource(
  ticks: readonly Tick[],
  /** Resolves when everything is done that comes before the tick of this number. */
  beforeTick: (number: number) => Promise<void>,
): Source {
  let time = START_AT;
  let stopped = false;
  const play = async ({ resumeAfter }: SourceContext, events: SourceEvents): Promise<void> => {
    for (const { at } of resumeAfter.values()) time = Math.max(time, at);
    const isRest = ({ symbol, sequence = 0 }: Tick): boolean => sequence > (resumeAfter.get(symbol)?.sequence ?? 0);
    events.state('live', '');
    for (let next = 0; next < ticks.length && !stopped; ) {
      const size = 1 + (next % MAX_BATCH);
      const batch = ticks.slice(next, next + size).filter(isRest);
      if (batch.length > 0) {
        await beforeTick(next);
        await events.emit(batch);
        time = Math.max(time, ...batch.map(({ at }) => at));
      }
      next += size;
    }
    await beforeTick(Number.POSITIVE_INFINITY);
    if (!stopped) events.state('ended', '');
  };
  return {
    name: SOURCE,
    demo: false,
    recordedTime: () => time,
    instruments: async () => INSTRUMENTS,
    async start(context, events) {
      play(context, events).catch((error: unknown) => events.state('failed', String(error)));
    },
    watch: async () => {},
    async stop() {
      stopped = true;
    },
  };
}
