/**
 * The canary: now and then a price of its own crosses a level of its own, and goes the way of every price: through ingest,
 * bus, evaluator, store and notifier, in each partition. It measures how long that took, and calls the dead-man address
 * while it works; when the calls stop, something is broken, whatever else looks well.
 *
 * Promises: one beat at a time, given up when the next is due; what it leaves in the store goes after an hour; no user sees
 * any of it. It takes nobody out of service: its health is always well, the metrics tell.
 */
import { newsIn } from '#contracts/alert-events.ts';
import type { Bus } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { PriceIntake } from '#contracts/intake.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import type { Crash, Role } from '#contracts/role.ts';
import type { Store } from '#contracts/store/store.ts';
import type { News } from '#contracts/topics.ts';
import type { TriggerId } from '#domain/alert/trigger.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { Failure } from '#errors.ts';
import { Persistence } from '../persistence.ts';
import { alertOf, CANARY_USER, changeOf, channelOf, instrumentOf, type Lane, lanesFor, ticksOf } from './lane.ts';

export interface CanaryDeps {
  readonly bus: Bus;
  readonly store: Pick<Store, 'alerts' | 'channels' | 'instruments' | 'triggers'>;
  readonly intake: PriceIntake;
  readonly clock: Clock;
  readonly marketTime: () => number;
  readonly everyMs: number;
  /** Says that it works, to whoever raises the alarm when it is not said any more; null where there is nobody. */
  readonly tell: ((signal: AbortSignal) => Promise<void>) | null;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly crash: Crash;
  readonly random: () => number;
}

/** Long enough to look what went wrong. */
const KEPT_MS = 3_600_000;
/** Of what the program has for itself: as many as there are partitions. */
const NO_LIMIT = 1_000_000;
/** How often it is looked whether the alerts are armed, and tried whether prices are taken. */
const LOOK_EVERY_MS = 500;

/** What a beat waits for: the trigger that has its price, and that trigger's delivery, whichever is heard of first. */
class Beat {
  readonly #prices: Map<InstrumentSymbol, number>;
  readonly #fired = new Set<TriggerId>();
  readonly #accepted = new Set<TriggerId>();
  readonly #done = new AbortController();

  constructor(prices: ReadonlyMap<InstrumentSymbol, number>) {
    this.#prices = new Map(prices);
  }

  get done(): AbortSignal {
    return this.#done.signal;
  }

  /** What it still waits for. */
  get missing(): readonly string[] {
    const undelivered = [...this.#fired].filter((id) => !this.#accepted.has(id)).map((id) => `delivery of ${id}`);
    return [...[...this.#prices.keys()].map((symbol) => `trigger of ${symbol}`), ...undelivered];
  }

  hear(event: News): void {
    if (event.kind === 'trigger' && this.#prices.get(event.trigger.symbol) === event.trigger.after.price) {
      this.#prices.delete(event.trigger.symbol);
      this.#fired.add(event.trigger.id);
    } else if (event.kind === 'delivery' && event.delivery.status === 'accepted')
      this.#accepted.add(event.delivery.triggerId);
    if (this.missing.length === 0) this.#done.abort();
  }
}

export async function startCanary(deps: CanaryDeps): Promise<Role> {
  const { bus, store, intake, clock, marketTime, everyMs, tell, log, metrics } = deps;
  const latency = metrics.histogram({
    name: 'canary_latency_seconds',
    help: 'From pushing the test prices to the acceptance of the last message they became.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  });
  const beats = metrics.counter({
    name: 'canary_beats_total',
    help: 'Times the canary set out, by whether it came through.',
    labels: ['outcome'],
  });
  const lastSuccess = metrics.gauge({
    name: 'canary_last_success_timestamp_seconds',
    help: 'When the canary came through last; 0 where it has not since this process is on duty.',
  });
  const calls = metrics.counter({
    name: 'canary_dead_man_calls_total',
    help: 'Calls of the dead-man address, by outcome.',
    labels: ['outcome'],
  });
  const stopping = new AbortController();
  const persistence = new Persistence(deps, stopping.signal);
  const lanes = lanesFor(bus.partitions('stock-prices'), (symbol) => bus.partitionOf('stock-prices', symbol));
  let succeededAt = 0;
  let beat: Beat | null = null;
  let count = 0;
  lastSuccess.reads(() => [[succeededAt / 1000, {}]]);
  const heard = await bus.tail('alerts', ({ messages }) => {
    for (const { value } of messages)
      for (const news of newsIn(value)) if (news.userId === CANARY_USER) beat?.hear(news);
  });

  const setUp = async (lane: Lane): Promise<void> => {
    const channel = channelOf(clock.now());
    if ((await store.channels.get(CANARY_USER, channel.id)) === undefined)
      await store.channels.create(channel, NO_LIMIT);
    const instrument = instrumentOf(lane, everyMs);
    await store.instruments.createPrivate(instrument, NO_LIMIT);
    if ((await store.alerts.get(CANARY_USER, lane.alertId)) !== undefined) return;
    const alert = alertOf(lane, clock.now());
    await store.alerts.create(alert, changeOf(alert, instrument, marketTime()), NO_LIMIT);
  };
  const untilArmed = async (): Promise<void> => {
    for (const { alertId } of lanes)
      while (!stopping.signal.aborted) {
        const look = () => store.alerts.get(CANARY_USER, alertId);
        const found = await persistence.unlessStopped('look for the canary', look);
        if (found?.value?.status === 'armed') break;
        await sleep(clock, LOOK_EVERY_MS, stopping.signal);
      }
  };

  /** Why the prices were not taken, or null. Who takes them may just be starting, or be replaced: within a beat it is tried again. */
  const push = async (ticks: readonly Tick[]): Promise<string | null> => {
    const until = clock.now() + everyMs;
    for (;;) {
      try {
        const turnedAway = (await intake.push(ticks)).find((verdict) => verdict !== 'accepted');
        return turnedAway === undefined ? null : `its price was ${turnedAway}`;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (stopping.signal.aborted || clock.now() >= until) return error.message;
        await sleep(clock, LOOK_EVERY_MS, stopping.signal);
      }
    }
  };
  /** Why it did not come through, or null. */
  const setOut = async (): Promise<string | null> => {
    const at = marketTime();
    const ticks = lanes.flatMap((lane) => [...ticksOf(lane, count, at)]);
    count += 1;
    beat = new Beat(new Map(ticks.map(({ symbol, price }) => [symbol, price])));
    const { done } = beat;
    const turnedAway = await push(ticks);
    if (turnedAway !== null) return turnedAway;
    await sleep(clock, everyMs, AbortSignal.any([done, stopping.signal]));
    return done.aborted ? null : `waiting for ${beat.missing.join(', ')}`;
  };
  const sayItWorks = async (): Promise<void> => {
    try {
      await tell?.(stopping.signal);
      calls.add(1, { outcome: 'accepted' });
    } catch (error) {
      if (stopping.signal.aborted) return;
      calls.add(1, { outcome: 'failed' });
      log.warn({ error: String(error) }, 'the dead-man address could not be called');
    }
  };
  const tidyUp = (): Promise<void> => store.triggers.forget(CANARY_USER, clock.now() - KEPT_MS);

  const work = (async () => {
    for (const lane of lanes) await persistence.unlessStopped('set up the canary', () => setUp(lane));
    await untilArmed();
    while (!stopping.signal.aborted) {
      const beganAt = clock.now();
      const problem = await setOut();
      if (stopping.signal.aborted) return;
      beats.add(1, { outcome: problem === null ? 'through' : 'lost' });
      if (problem === null) {
        succeededAt = clock.now();
        latency.observe((succeededAt - beganAt) / 1000);
        if (tell !== null) await sayItWorks();
      } else log.error({ problem }, 'the canary did not come through');
      await persistence.unlessStopped('clear up behind the canary', tidyUp);
      await sleep(clock, Math.max(0, beganAt + everyMs - clock.now()), stopping.signal);
    }
  })().catch((error: unknown) => deps.crash('canary', error));

  return {
    name: 'canary',
    health: () => null,
    async stop() {
      stopping.abort();
      lastSuccess.reads(() => []);
      await heard.close();
      await work;
    },
  };
}
