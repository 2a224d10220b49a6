/**
 * The source of prices that are handed to us. What is pushed while the store is busy waits here and goes on as one
 * batch, so many small pushes cost little more than one. It keeps nothing: a push that was not answered is the
 * sender's to repeat. Never makes a price of its own.
 */
import type { PriceIntake } from '#contracts/intake.ts';
import type { Source, SourceEvents } from '#contracts/source.ts';
import type { Tick, TickVerdict } from '#domain/market/tick.ts';
import { Failure } from '#errors.ts';

/** About a second of the busiest feed; beyond it senders are told to come again instead of filling memory. */
export const MAX_WAITING_TICKS = 50_000;
/** What a refused sender is told to wait. */
const RETRY_AFTER_MS = 1_000;

export interface PushSource extends Source, PriceIntake {}

interface Pushed {
  readonly ticks: readonly Tick[];
  readonly resolve: (verdicts: readonly TickVerdict[]) => void;
  readonly reject: (error: unknown) => void;
}

export function createPush(): PushSource {
  const name = 'push';
  let events: SourceEvents | null = null;
  let waiting: Pushed[] = [];
  let waitingTicks = 0;
  let work: Promise<void> | null = null;
  let live = false;

  async function pass(to: SourceEvents): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      const ticks = batch.flatMap((pushed) => pushed.ticks);
      try {
        const verdicts = await to.emit(ticks);
        let from = 0;
        for (const pushed of batch) {
          pushed.resolve(verdicts.slice(from, from + pushed.ticks.length));
          from += pushed.ticks.length;
        }
      } catch (error) {
        for (const pushed of batch) pushed.reject(error);
      } finally {
        waitingTicks -= ticks.length;
      }
    }
    work = null;
  }

  return {
    name,
    demo: false,
    recordedTime: null,
    instruments: async () => [],
    async start(_context, given) {
      events = given;
      live = false;
      given.state('waiting', 'for the first pushed price');
    },
    watch: async () => {},
    async stop() {
      events = null;
      await work;
    },
    push(ticks) {
      if (events === null) return Promise.reject(new Failure('not-ready', 'Prices are not taken yet.'));
      if (waitingTicks + ticks.length > MAX_WAITING_TICKS)
        return Promise.reject(
          new Failure('overloaded', `${waitingTicks} pushed prices are waiting already.`, {
            retryAfterMs: RETRY_AFTER_MS,
          }),
        );
      if (!live) {
        live = true;
        events.state('live', '');
      }
      const own = ticks.map((tick) => (tick.source === name ? tick : { ...tick, source: name }));
      waitingTicks += own.length;
      const answer = new Promise<readonly TickVerdict[]>((resolve, reject) => {
        waiting.push({ ticks: own, resolve, reject });
      });
      work ??= pass(events);
      return answer;
    },
  };
}
