/**
 * The gateway: API, live streams and page for people, and the relay that takes their rule changes to the evaluator. It
 * tails `stock-prices` for the newest prices and `alerts` for what to tell at once; it keeps nothing that matters in
 * memory.
 */
import type { AddressInfo } from 'node:net';
import { createApi } from '#api/app.ts';
import { type AccountOptions, openAccounts } from '#api/auth/accounts.ts';
import type { ApiDeps, ApiSettings } from '#api/deps.ts';
import { IDEMPOTENCY_KEPT_MS } from '#api/http/idempotency.ts';
import { Hub } from '#api/live/hub.ts';
import { MarketBoard } from '#api/live/market-board.ts';
import type { PlaceLimits } from '#api/live/places.ts';
import { Presence } from '#api/shared/presence.ts';
import { Sharing } from '#api/shared/sharing.ts';
import { newsIn } from '#contracts/alert-events.ts';
import type { Batch, Bus } from '#contracts/bus.ts';
import { every } from '#contracts/clock.ts';
import { ticksIn } from '#contracts/price-events.ts';
import type { Crash, Role } from '#contracts/role.ts';
import type { SharedMemory } from '#contracts/shared-memory.ts';
import type { News, PriceEvent } from '#contracts/topics.ts';
import type { UserId } from '#domain/alert/alert.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { DutyFence } from '../duty-fence.ts';
import { startRelay } from './outbox-relay.ts';

export interface GatewaySettings extends ApiSettings, PlaceLimits {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly authSecret: string;
}

export interface GatewayDeps
  extends Omit<
    ApiDeps,
    'settings' | 'accounts' | 'board' | 'hub' | 'sharing' | 'presence' | 'wakeRelay' | 'announce' | 'areTogether'
  > {
  readonly bus: Bus;
  /** The store's own database, where the account library keeps its tables. */
  readonly pool: AccountOptions['pool'];
  readonly oneAtATime: AccountOptions['oneAtATime'];
  readonly settings: GatewaySettings;
  /** What it shares with other gateways; null where the settings name nothing. */
  readonly shared: SharedMemory | null;
  readonly crash: Crash;
  readonly random: () => number;
}

export interface Gateway extends Role {
  /** Where it listens: `http://127.0.0.1:3000`. */
  readonly address: string;
}

/** Another process may add instruments; a tick of one we do not know asks at once. */
const INSTRUMENTS_EVERY_MS = 60_000;
const TRIM_EVERY_MS = 3_600_000;
/** Prices go out in windows anyway; what they leave of the bus's time is for what people wait for. */
const PRICES_GATHER_MS = 20;
/** The shared memory forgets what nobody has said for half an hour. */
const SAY_ALL_EVERY_MS = 600_000;
/** Connections that wait to be taken in: after a restart all come at once (the system may allow fewer: somaxconn). */
const LISTEN_BACKLOG = 4_096;
/** Requests in hand may end within this when the program stops. */
const STOP_GRACE_MS = 5_000;

export async function startGateway(deps: GatewayDeps): Promise<Gateway> {
  const { bus, store, clock, marketTime, log, metrics, settings } = deps;
  const crash = (error: unknown): void => deps.crash('gateway', error);
  const accounts = await openAccounts({
    ...{
      pool: deps.pool,
      oneAtATime: deps.oneAtATime,
      secret: settings.authSecret,
      publicUrl: settings.publicUrl,
      log,
    },
    now: () => clock.now(),
    ping: () => store.ping(),
    async reassign(from, to) {
      await store.channels.reassign(from as UserId, to as UserId);
      await store.instruments.reassign(from as UserId, to as UserId);
      await store.watchlists.reassign(from as UserId, to as UserId);
      await store.alerts.reassign(from as UserId, to as UserId);
    },
  });
  const board = new MarketBoard(store, marketTime, log);
  const { maxConnections, maxConnectionsPerUser, maxConnectionsPerAddress } = settings;
  const hub = new Hub({
    ...{ board, clock, random: deps.random, log, metrics, triggers: store.triggers, deliveries: store.deliveries },
    ...{ maxConnections, maxConnectionsPerUser, maxConnectionsPerAddress },
  });
  const sharing = new Sharing({
    ...{ memory: deps.shared, clock, log, metrics },
    streams: () => hub.streams,
    newest: () => board.newest(),
  });
  const presence = new Presence(sharing, settings, metrics);
  sharing.onResumed(() => void presence.sayAll());
  if (deps.shared === null && bus.flags.shared)
    log.info({}, 'SHARED is not set: limits of requests and connections are counted by each gateway for itself');
  const fences = new Map<number, DutyFence>();
  const onPrices = ({ partition, messages }: Batch<PriceEvent>): void => {
    const fence = fences.get(partition) ?? new DutyFence();
    fences.set(partition, fence);
    for (const { value } of messages)
      for (const tick of fence.passes(value) ? ticksIn(value) : [])
        if (board.take(tick)) {
          hub.priceMoved(tick.symbol);
          sharing.moved(tick);
        }
  };
  const prices = await bus.tail('stock-prices', onPrices, { gatherMs: PRICES_GATHER_MS });
  const news = await bus.tail('alerts', ({ messages }) => {
    for (const { value } of messages) for (const one of newsIn(value)) hub.heard(one);
  });
  await board.load();
  await sharing.start();
  // What is not recorded yet: the others know it already.
  for (const tick of await sharing.latestPrices()) if (board.instrument(tick.symbol)) board.take(tick);
  const relay = startRelay({ alerts: store.alerts, prices: store.prices, bus, clock, log, metrics, crash });
  const announce = (news: readonly News[]): void => {
    if (news.length === 0) return;
    const messages = news.map((one) => ({ key: one.userId, value: one }));
    bus.publish('alerts', messages).catch((error: unknown) => log.warn({ err: error }, 'news could not be published'));
  };
  let address = '';
  const wakeRelay = (): void => relay.wake();
  const health = () => [...deps.health(), { name: 'gateway', problem: relay.problem() }];
  const areTogether = (one: InstrumentSymbol | null, other: InstrumentSymbol): boolean =>
    one === null
      ? bus.partitions('stock-prices') === 1
      : bus.partitionOf('stock-prices', one) === bus.partitionOf('stock-prices', other);
  const { app } = await createApi({
    ...deps,
    accounts,
    board,
    hub,
    sharing,
    presence,
    health,
    announce,
    wakeRelay,
    areTogether,
  });
  const chore = (everyMs: number, run: () => Promise<unknown>) =>
    every(clock, everyMs, run, (error) => log.warn({ err: error }, 'a chore failed; it is tried again'));
  const chores = [
    chore(INSTRUMENTS_EVERY_MS, () => board.reload()),
    chore(SAY_ALL_EVERY_MS, () => presence.sayAll()),
    chore(TRIM_EVERY_MS, () => store.accounts.trimIdempotencyKeys(clock.now() - IDEMPOTENCY_KEPT_MS)),
  ];
  await app.listen({ host: settings.host, port: settings.port, backlog: LISTEN_BACKLOG });
  const { port } = app.server.address() as AddressInfo;
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  address = `http://${host}:${port}`;

  return {
    name: 'gateway',
    address,
    health: () => relay.problem(),
    async stop() {
      const choresOver = Promise.all(chores.map((stop) => stop()));
      hub.stop();
      const cancelForce = clock.after(STOP_GRACE_MS, () => {
        app.server.closeAllConnections();
        hub.cut();
      });
      await app.close().catch((error: unknown) => log.warn({ err: error }, 'the web server did not close cleanly'));
      cancelForce();
      await relay.stop();
      await choresOver;
      await sharing.stop();
      await prices.close();
      await news.close();
    },
  };
}
