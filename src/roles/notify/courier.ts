/**
 * Carries one delivery: makes the notification, opens the channel's sealed settings, lets the adapter make one attempt,
 * asks the state machine what that means and writes it down. The result of an attempt is never let go: while the store
 * is away it is kept and written later, so that what is known to be accepted is not sent again. Results that come
 * together are written together, and told together.
 */
import type { Bus } from '#contracts/bus.ts';
import type { ChannelAdapter, Notification, SendResult } from '#contracts/channel.ts';
import { type ChannelSettings, openSettings } from '#contracts/channel-settings.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import type { Seal } from '#contracts/seal.ts';
import type { Channel } from '#contracts/store/channels.ts';
import type { Settled } from '#contracts/store/deliveries.ts';
import type { Store } from '#contracts/store/store.ts';
import type { News } from '#contracts/topics.ts';
import type { Span, Tracing } from '#contracts/tracing.ts';
import type { ChannelId } from '#domain/alert/alert.ts';
import type { Attempt, Delivery, DeliveryId } from '#domain/delivery/delivery.ts';
import { nextChannel, putBack, settle, standIn } from '#domain/delivery/machine.ts';
import { detailOf } from '#domain/delivery/message.ts';
import { Failure } from '#errors.ts';
import { messagesOf } from '../news.ts';
import { Persistence } from '../persistence.ts';
import { type Subject, testNotification, triggerNotification } from './notification.ts';
import { Portions } from './portions.ts';

const NEVER = Number.POSITIVE_INFINITY;
/** The deliveries of one trigger: its channels and their stand-ins, both limited by the user's number of channels. */
const MAX_OF_TRIGGER = 200;

export interface CourierDeps {
  readonly bus: Bus;
  readonly store: Pick<Store, 'deliveries' | 'channels'>;
  readonly adapters: ReadonlyMap<string, ChannelAdapter>;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly publicUrl: () => string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly random: () => number;
  readonly newId: () => string;
  /** Aborted when a stop can wait no longer. */
  readonly giveUp: AbortSignal;
  /** Nothing is traced without. */
  readonly tracing?: Tracing;
}

/** A delivery in hand. Null is what is gone. */
export interface Parcel {
  readonly delivery: Delivery;
  readonly channel: Channel | null;
  readonly subject: Subject | null;
}

/** What the state machine made of a delivery to the channel. */
interface Decided {
  readonly delivery: Delivery;
  readonly channel: Channel | null;
}
type LastResult = readonly [ChannelId, NonNullable<Channel['lastResult']>];

export class Courier {
  private readonly deps: CourierDeps;
  readonly persistence: Persistence;
  private readonly sent;
  private readonly dead;
  private readonly latency;
  /** The answer says what was written, by delivery; undefined where the role was stopped before. */
  private readonly ledger = new Portions((parcels: readonly Decided[]) => this.write(parcels));
  private readonly lastResults = new Portions((results: readonly LastResult[]) => this.remember(results));
  private readonly news = new Portions((deliveries: readonly Delivery[]) => this.tell(deliveries));

  constructor(deps: CourierDeps) {
    this.deps = deps;
    this.persistence = new Persistence(deps, deps.giveUp);
    const { metrics } = deps;
    this.sent = metrics.counter({
      name: 'notifier_notifications_sent_total',
      help: 'Attempts to send a notification, by what the far end answered.',
      labels: ['channel', 'outcome'],
    });
    this.dead = metrics.counter({
      name: 'notifier_deliveries_dead_total',
      help: 'Deliveries that were given up.',
      labels: ['channel'],
    });
    this.latency = metrics.histogram({
      name: 'notifier_trigger_to_accepted_seconds',
      help: 'From the evaluation of a trigger to its acceptance by the far end.',
      labels: ['channel'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900],
    });
  }

  /** Makes one attempt, writes down what came of it, and says when there is more to do. Throws only for a bug. */
  async carry({ delivery, channel, subject }: Parcel): Promise<number> {
    const { clock, random, publicUrl } = this.deps;
    const kind = channel?.kind ?? 'gone';
    const span = this.traceOf(delivery, kind, subject);
    const log = span === undefined ? this.deps.log : this.deps.log.child(span.ids);
    const startedAt = clock.now();
    const notification = subject && triggerNotification(delivery, subject, publicUrl(), startedAt);
    const result = await this.attempt(channel, notification);
    const attempt: Attempt = {
      at: startedAt,
      durationMs: clock.now() - startedAt,
      outcome: result.outcome,
      code: result.code,
      detail: result.detail,
    };
    const settled = settle(delivery, attempt, { random: random(), retryAfterMs: result.retryAfterMs });
    this.sent.add(1, { channel: kind, outcome: result.outcome });
    const written = await this.ledger.add({ delivery: settled, channel });
    const { at, outcome, code, detail } = attempt;
    span?.end({ 'tocsin.outcome': outcome, 'tocsin.code': code ?? 0 }, outcome === 'accepted' ? undefined : detail);
    if (written === undefined) {
      log.warn({ delivery: delivery.id, outcome }, 'stopped before a result could be written down');
      return NEVER;
    }
    const added = written.get(settled.id) ?? [];
    log.debug({ delivery: delivery.id, kind, outcome, status: settled.status }, 'a delivery was tried');
    if (settled.status === 'accepted' && subject)
      this.latency.observe(Math.max(0, settled.updatedAt - subject.trigger.evaluatedAt) / 1000, { channel: kind });
    if (settled.status === 'dead') {
      this.dead.add(1, { channel: kind });
      log.warn({ delivery: delivery.id, kind, code, detail }, 'a delivery is dead');
    }
    await Promise.all([
      channel && this.lastResults.add([channel.id, { at, outcome, code, detail }]),
      ...[settled, ...added].map((delivery) => this.news.add(delivery)),
    ]);
    return added.length > 0 ? clock.now() : (settled.nextAttemptAt ?? NEVER);
  }

  private traceOf(delivery: Delivery, kind: string, subject: Subject | null): Span | undefined {
    const { tracing } = this.deps;
    if (!tracing?.on) return undefined;
    return tracing.begin('deliver', {
      ...{ parent: subject?.trigger.trace, kind: 'client' },
      attributes: {
        'tocsin.channel': kind,
        'tocsin.delivery': delivery.id,
        'tocsin.trigger': delivery.triggerId,
        'tocsin.attempt': delivery.attempts.length + 1,
      },
    });
  }

  /** One message outside the ledger; the answer is the far end's own. */
  async test(channel: Channel): Promise<SendResult> {
    const { clock, newId, publicUrl } = this.deps;
    const at = clock.now();
    const result = await this.attempt(channel, testNotification(channel, `test-${newId()}`, publicUrl(), at));
    const { outcome, code, detail } = result;
    this.sent.add(1, { channel: channel.kind, outcome });
    await this.lastResults.add([channel.id, { at, outcome, code, detail }]);
    return result;
  }

  /** What was taken and not begun goes back to the queue; it is due at once. */
  async giveBack(delivery: Delivery): Promise<number> {
    await this.ledger.add({ delivery: putBack(delivery, this.deps.clock.now()), channel: null });
    return this.deps.clock.now();
  }

  private async attempt(channel: Channel | null, notification: Notification | null): Promise<SendResult> {
    const { adapters, giveUp, log } = this.deps;
    const no = (detail: string): SendResult => ({ outcome: 'refused', code: null, detail });
    if (!notification) return no('What it was to tell is gone.');
    if (!channel) return no('The channel was removed.');
    if (!channel.enabled && notification.kind !== 'test') return no('The channel is switched off.');
    const adapter = adapters.get(channel.kind);
    if (!adapter) return no(`This server has no channels of kind ${channel.kind}.`);
    const settings = this.open(channel, adapter);
    if (!settings) return no('The settings cannot be read with the present AUTH_SECRET; enter them again.');
    const secrets = adapter.fields.filter(({ secret }) => secret).map(({ name }) => settings[name] ?? '');
    try {
      const result = await adapter.send(settings, notification, giveUp);
      return { ...result, detail: detailOf(result.detail, secrets) };
    } catch (error) {
      // An adapter's mistake must not take the other channels down with it; it is loud, and the delivery is not lost.
      log.error({ error, channel: channel.id, kind: channel.kind }, 'a channel threw instead of answering');
      return { outcome: 'failed', code: null, detail: 'A mistake of ours; it is in the log.' };
    }
  }

  private open(channel: Channel, adapter: ChannelAdapter): ChannelSettings | null {
    try {
      return openSettings(adapter.fields, channel.settings, this.deps.seal);
    } catch {
      return null;
    }
  }

  private async write(decided: readonly Decided[]): Promise<ReadonlyMap<DeliveryId, readonly Delivery[]> | undefined> {
    const written = await this.persistence.unlessStopped('write down results', async () => {
      const settled: Settled[] = [];
      for (const { delivery, channel } of decided)
        settled.push({ delivery, added: delivery.status === 'dead' ? await this.standIns(delivery, channel) : [] });
      await this.deps.store.deliveries.save(settled);
      return new Map(settled.map(({ delivery, added }) => [delivery.id, added]));
    });
    return written?.value;
  }

  /** The delivery to the user's next channel, if there is one. The user may have signed up since: ask whose it is. */
  private async standIns(dead: Delivery, channel: Channel | null): Promise<readonly Delivery[]> {
    const { store, clock, newId } = this.deps;
    const [now] = channel ? await store.channels.getMany([channel.id]) : [];
    const userId = now?.userId ?? dead.userId;
    const { items } = await store.deliveries.list(
      userId,
      { triggerId: dead.triggerId },
      { cursor: null, limit: MAX_OF_TRIGGER },
    );
    const next = nextChannel(dead, items, await store.channels.list(userId));
    return next ? [standIn({ ...dead, userId }, newId() as DeliveryId, next, clock.now())] : [];
  }

  /** For the page's list of channels; the truth is in the ledger, so losing one costs nothing. */
  private async remember(results: readonly LastResult[]): Promise<void> {
    try {
      await this.deps.store.channels.setLastResults(new Map(results));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.deps.log.warn({ error }, 'the last results of channels could not be written down');
    }
  }

  /** Losing one loses no truth: pages that are open show it when they next ask. */
  private async tell(deliveries: readonly Delivery[]): Promise<void> {
    const news = deliveries.map((delivery): News => ({ kind: 'delivery', userId: delivery.userId, delivery }));
    try {
      await this.deps.bus.publish('alerts', messagesOf(news, this.deps.bus));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.deps.log.warn({ error }, 'what became of deliveries could not be told to open pages');
    }
  }
}
