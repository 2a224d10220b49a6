/**
 * The source of prices that are handed to us. What is pushed while the store is busy, or before the start, waits here
 * and goes on as one batch, so many small pushes cost little more than one. It keeps nothing: a push that was not
 * answered is the sender's to repeat. Never makes a price of its own.
 */
import type { Clock } from '#contracts/clock.ts';
import type { PriceIntake } from '#contracts/intake.ts';
import type { Source, SourceEvents } from '#contracts/source.ts';
import type { Tick, TickVerdict } from '#domain/market/tick.ts';
import { Failure } from '#errors.ts';

/** About a second of the busiest feed; beyond it senders are told to come again instead of filling memory. */
export const MAX_WAITING_TICKS = 50_000;
/** Who pushes before the start waits so long for it; a gateway elsewhere waits for its answer a little longer (10 s). */
const EARLY_MS = 8_000;
/** What a refused sender is told to wait. */
const RETRY_AFTER_MS = 1_000;

export interface PushSource extends Source, PriceIntake {}

interface Pushed {
  readonly ticks: readonly Tick[];
  readonly resolve: (verdicts: readonly TickVerdict[]) => void;
  readonly reject: (error: unknown) => void;
  /** Ends the wait for the start. */
  readonly cancel: () => void;
}

const notReady = (): Failure => new Failure('not-ready', 'Prices are not taken yet.');

export function createPush(clock: Clock): PushSource {
  const name = 'push';
  let events: SourceEvents | null = null;
  let waiting: Pushed[] = [];
  let waitingTicks = 0;
  let work: Promise<void> | null = null;
  let live = false;
  let isOver = false;

  /** Takes a push that nobody took in time out of the line. */
  function giveUp(pushed: Pushed): void {
    pushed.cancel();
    waiting = waiting.filter((each) => each !== pushed);
    waitingTicks -= pushed.ticks.length;
    pushed.reject(notReady());
  }

  async function pass(to: SourceEvents): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      for (const pushed of batch) pushed.cancel();
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

  function goOn(to: SourceEvents): void {
    if (!live) to.state('live', '');
    live = true;
    work ??= pass(to);
  }

  return {
    name,
    demo: false,
    recordedTime: null,
    instruments: async () => [],
    async start(_context, given) {
      events = given;
      live = false;
      isOver = false;
      given.state('waiting', 'for the first pushed price');
      if (waiting.length > 0) goOn(given);
    },
    watch: async () => {},
    async stop() {
      events = null;
      isOver = true;
      await work;
      for (const pushed of waiting) giveUp(pushed);
    },
    push(ticks) {
      if (isOver) return Promise.reject(notReady());
      if (waitingTicks + ticks.length > MAX_WAITING_TICKS)
        return Promise.reject(
          new Failure('overloaded', `${waitingTicks} pushed prices are waiting already.`, {
            retryAfterMs: RETRY_AFTER_MS,
          }),
        );
      const own = ticks.map((tick) => (tick.source === name ? tick : { ...tick, source: name }));
      waitingTicks += own.length;
      return new Promise<readonly TickVerdict[]>((resolve, reject) => {
        const pushed = { ticks: own, resolve, reject, cancel: () => {} };
        waiting.push(pushed);
        if (events !== null) goOn(events);
        else pushed.cancel = clock.after(EARLY_MS, () => giveUp(pushed));
      });
    },
  };
}
