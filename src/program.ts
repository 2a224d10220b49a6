/**
 * The wiring: the roles that this process runs, on the database and the bus of the settings. Started from the inside out, so that
 * whoever is told of something is there before the first word; stopped the other way round.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createCanaryChannel } from '#adapters/channel/canary/canary.ts';
import { createEmailChannel } from '#adapters/channel/email/email.ts';
import { createPageChannel } from '#adapters/channel/page/page.ts';
import { createWebhookChannel } from '#adapters/channel/webhook/webhook.ts';
import { clockAhead, systemClock } from '#adapters/host/clock.ts';
import { callDeadMan } from '#adapters/host/dead-man.ts';
import { createMetrics } from '#adapters/host/metrics.ts';
import { createSeal, markOf } from '#adapters/host/seal.ts';
import { createPush } from '#adapters/source/push/push.ts';
import { createStore } from '#adapters/store/sql/store.ts';
import type { Config, RoleName } from '#config.ts';
import type { ChannelAdapter } from '#contracts/channel.ts';
import { sleep, within } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Crash, Role } from '#contracts/role.ts';
import type { Channel } from '#contracts/store/channels.ts';
import type { Store } from '#contracts/store/store.ts';
import { noTracing, type Tracing } from '#contracts/tracing.ts';
import type { Tick } from '#domain/market/tick.ts';
import { Failure } from '#errors.ts';
import { Desk } from '#roles/asks/desk.ts';
import { askOthers } from '#roles/asks/others.ts';
import { startCanary } from '#roles/canary/canary.ts';
import { startCanaryOnCall } from '#roles/canary/on-call.ts';
import { type EvaluateRole, startEvaluate } from '#roles/evaluate/evaluate.ts';
import { startGateway } from '#roles/gateway/gateway.ts';
import { type IngestRole, startIngest } from '#roles/ingest/ingest.ts';
import type { PartOnDuty } from '#roles/ingest/part.ts';
import { SourceGauges } from '#roles/ingest/source-gauges.ts';
import { startIngestSpread } from '#roles/ingest/spread.ts';
import { startMarketClock } from '#roles/market-clock.ts';
import { type NotifyRole, startNotify } from '#roles/notify/notify.ts';
import { startRecord } from '#roles/record/record.ts';
import { openBus, openDatabase, openReplica, openShared } from './backends.ts';
import { measureAtScrape } from './measures.ts';
import { startOperations, storePart } from './operations.ts';
import { readSecret } from './secret.ts';
import type { SourceSpec } from './sources.ts';

export interface ProgramOptions {
  readonly config: Config;
  readonly specs: readonly SourceSpec[];
  readonly log: Log;
  readonly crash: Crash;
  /** The secret takes the place of the one before, with which channels were sealed. */
  readonly replacesSecret?: boolean;
}

export interface Program {
  readonly url: string;
  /** Prices are simulated. */
  readonly demo: boolean;
  stop(): Promise<void>;
}

/** Whoever asks right after the start finds what is watched; a provider that does not answer holds up nobody for longer. */
const FIRST_INSTRUMENTS_MS = 2_000;
const PAGE_FOLDER = resolve(import.meta.dirname, '../web/dist');

export async function startProgram({
  config,
  specs,
  log,
  crash,
  replacesSecret = false,
}: ProgramOptions): Promise<Program> {
  const runs = (role: RoleName): boolean => config.ROLES.includes(role);
  const secret = readSecret(config.DATA_DIR, config.AUTH_SECRET);
  const metrics = createMetrics();
  const tracing = await openTracing(config, log);
  const database = await openDatabase(config, log);
  const started: { stop(): Promise<unknown> }[] = [tracing, { stop: () => database.close() }];
  let isStopping = false;
  const stop = async (): Promise<void> => {
    isStopping = true;
    for (const part of started.splice(0).reverse())
      await part.stop().catch((error: unknown) => log.error({ error }, 'a part of the program did not stop cleanly'));
  };
  const roles: Role[] = [];
  const keep = <T extends Role>(role: T): T => {
    started.push(role);
    roles.push(role);
    return role;
  };
  try {
    const clock = clockAhead(database.clockAheadMs);
    if (clock !== systemClock)
      log.warn({ aheadMs: database.clockAheadMs }, "this machine's clock is wrong by the database's; that is gone by");
    const replica = runs('gateway') ? await openReplica(config, database, { clock, log, metrics }) : null;
    if (replica) started.push({ stop: () => replica.close() });
    const store = createStore(database, { replica, log, now: clock.now, tickRetentionMs: config.TICK_RETENTION });
    if (replacesSecret) await store.accounts.replaceSecret(markOf(secret));
    else await refuseOtherSecret(store, secret);
    const bus = await openBus(config, { database, store, clock, log, metrics, crash });
    started.push({ stop: () => bus.close() });
    const channels = openChannels(config);
    for (const channel of channels) started.push({ stop: () => channel.close() });
    const desk = bus.flags.shared ? await Desk.open({ bus, clock, log, newId: randomUUID }) : null;
    if (desk) started.push({ stop: () => desk.close() });

    const makeSources = () => specs.map((spec) => spec.make({ demoSeed: config.DEMO_SEED }));
    const sources = desk ? [] : makeSources();
    const playing = desk && specs.some(({ recorded }) => recorded) ? await startMarketClock(bus, store.prices) : null;
    if (playing) keep(playing);
    const marketTime = playing?.now ?? sources.find(({ recordedTime }) => recordedTime)?.recordedTime ?? clock.now;
    const seal = createSeal(secret);
    const outside = { bus, store, clock, marketTime, log, metrics, tracing, crash, random: Math.random };
    const address = { url: config.PUBLIC_URL.replace(/\/+$/, '') };

    if (runs('record')) {
      const { TICK_RETENTION, CANDLE_RETENTION, CANDLE_5M_RETENTION, CANDLE_1H_RETENTION, CANDLE_1D_RETENTION } =
        config;
      const candleRetentionMs = {
        60000: CANDLE_RETENTION,
        300000: CANDLE_5M_RETENTION,
        3600000: CANDLE_1H_RETENTION,
        86400000: CANDLE_1D_RETENTION,
      };
      keep(await startRecord({ ...outside, tickRetentionMs: TICK_RETENTION, candleRetentionMs }));
    }
    const evaluate = runs('evaluate')
      ? keep(
          await startEvaluate({
            ...outside,
            checkpointEveryMs: config.CHECKPOINT_EVERY,
            effectsAtOnce: database.effectsAtOnce,
          }),
        )
      : null;
    const notify = runs('notify')
      ? keep(
          await startNotify({
            ...outside,
            channels: [...channels, createCanaryChannel()],
            seal,
            publicUrl: () => address.url,
            newId: randomUUID,
          }),
        )
      : null;
    if (desk && evaluate) explainFor(desk, evaluate);
    if (desk && notify) started.push(await testFor(desk, notify, store));

    // The page opens before the first price is there: a demo market draws its past first, a feed has to connect.
    let ingest: IngestRole | undefined;
    const here = {
      explain: async () => evaluate?.explain ?? { of: () => undefined },
      intake: {
        push: async (ticks: readonly Tick[]) => {
          if (ingest === undefined) throw new Failure('not-ready', 'Prices are not taken yet.');
          return ingest.push(ticks);
        },
      },
      sources: () => ingest?.status() ?? [],
      sendTest: async (channel: Channel) => {
        if (notify === null) throw new Failure('not-ready', 'Messages are not sent here.');
        return notify.sendTest(channel);
      },
    };
    const measure = measureAtScrape({ bus, store, clock, metrics, roles });
    const operations = {
      metricsText: async () => {
        await measure();
        return metrics.text();
      },
      health: () => [
        { name: 'program', problem: isStopping ? 'it is stopping' : null },
        { name: 'bus', problem: bus.health() },
        ...roles.filter(({ name }) => name !== 'gateway').map((role) => ({ name: role.name, problem: role.health() })),
      ],
    };
    const shared = runs('gateway') ? await openShared(config, clock, log) : null;
    if (shared) started.push({ stop: () => shared.close() });
    const open = runs('gateway')
      ? keep(
          await startGateway({
            ...outside,
            ...operations,
            ...(desk ? askOthers(desk, bus, clock) : here),
            ...{ pool: database.pool, oneAtATime: database.oneAtATime, seal, shared },
            channels: new Map(channels.map((channel) => [channel.kind, channel])),
            settings: gatewaySettings(config, secret),
          }),
        )
      : await startOperations({
          ...{ host: config.HOST, port: config.PORT, metricsText: operations.metricsText },
          health: async () => [...operations.health(), await storePart(store)],
        });
    // It tells that the process stops until all else has: last of all.
    if (!runs('gateway')) started.unshift(open);
    address.url ||= open.address;
    if (runs('ingest') && desk) {
      const gauges = new SourceGauges(metrics);
      const start = (part: PartOnDuty): Promise<IngestRole> => {
        const mine = makeSources();
        const played = mine.find(({ recordedTime }) => recordedTime)?.recordedTime ?? marketTime;
        const push = createPush(clock);
        return startIngest({ ...outside, part, gauges, marketTime: played, sources: mine, push });
      };
      const isWhole = specs.some(({ recorded }) => recorded);
      const me = { name: randomUUID(), capacity: config.INGEST_CAPACITY };
      keep(await startIngestSpread({ ...outside, ...me, desk, duties: store.duties, isWhole, start }));
    } else if (runs('ingest')) {
      ingest = keep(await startIngest({ ...outside, sources, push: createPush(clock) }));
      await within(clock, FIRST_INSTRUMENTS_MS, ingest.prepared);
    }
    if (config.CANARY > 0 && runs('gateway') && !specs.some(({ recorded }) => recorded)) {
      const { intake } = desk ? askOthers(desk, bus, clock) : here;
      const tell = config.CANARY_URL === '' ? null : callDeadMan(config.CANARY_URL);
      const start = () => startCanary({ ...outside, intake, everyMs: config.CANARY, tell });
      keep(await (desk ? startCanaryOnCall(desk, start) : start()));
    }
    return {
      url: open.address,
      demo: (desk ? makeSources() : sources).some(({ demo }) => demo),
      async stop() {
        isStopping = true;
        await sleep(systemClock, config.STOP_DELAY);
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** With another secret everything would seem to work, and each message die when it is to be sent. */
async function refuseOtherSecret({ accounts }: Store, secret: string): Promise<void> {
  if (await accounts.knowsSecret(markOf(secret))) return;
  throw new Failure(
    'conflict',
    'AUTH_SECRET (or the file "secret" in DATA_DIR) is not the one this database was used with: channels\' settings ' +
      'could not be read, and nobody would stay signed in. Set the one from before. If it is lost, start once with ' +
      '--new-secret; every channel must then be entered again.',
  );
}

function explainFor(desk: Desk, { owns, explain }: EvaluateRole): void {
  desk.explainBy(async ({ partition, rules }) => {
    if (!owns(partition)) return undefined;
    return rules.flatMap(({ symbol, id }) => {
      const explanation = explain.of(symbol, id);
      return explanation === undefined ? [] : [[id, explanation] as const];
    });
  });
}

async function testFor(desk: Desk, { sendTest }: NotifyRole, { channels }: Store): Promise<{ stop(): Promise<void> }> {
  const nothing = async (): Promise<void> => {};
  const duty = await desk.serve('test', {
    begin: nothing,
    end: nothing,
    async answer({ userId, id }) {
      const channel = await channels.get(userId, id);
      if (channel === undefined) throw new Failure('not-found', 'The channel is gone.');
      return sendTest(channel);
    },
  });
  return { stop: () => duty.close() };
}

function openChannels(config: Config): readonly ChannelAdapter[] {
  return [
    createPageChannel(),
    createWebhookChannel({ allowPrivate: config.WEBHOOK_ALLOW_PRIVATE }),
    ...(config.SMTP_URL === '' ? [] : [createEmailChannel({ url: config.SMTP_URL, from: config.SMTP_FROM })]),
  ];
}

/** The SDK is loaded only where there is a collector. */
async function openTracing(config: Config, log: Log): Promise<Tracing & { stop(): Promise<void> }> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, TRACES: ratio, ROLES: roles } = config;
  if (endpoint === '') return { ...noTracing, stop: async () => {} };
  const { startTracing } = await import('#adapters/host/tracing.ts');
  const one = { version: readVersion(), instance: randomUUID() };
  return startTracing({ endpoint, ratio, roles, ...one, random: Math.random, log });
}

function gatewaySettings(config: Config, authSecret: string) {
  return {
    version: readVersion(),
    authSecret,
    host: config.HOST,
    port: config.PORT,
    publicUrl: config.PUBLIC_URL,
    operatorKey: config.OPERATOR_KEY,
    maxAlertsPerUser: config.MAX_ALERTS_PER_USER,
    maxChannelsPerUser: config.MAX_CHANNELS_PER_USER,
    maxInstrumentsPerUser: config.MAX_INSTRUMENTS_PER_USER,
    maxWatchlistsPerUser: config.MAX_WATCHLISTS_PER_USER,
    maxWatchlistMembers: config.MAX_WATCHLIST_MEMBERS,
    maxWatchedMembersPerUser: config.MAX_WATCHED_MEMBERS_PER_USER,
    maxBodyBytes: config.MAX_BODY_BYTES,
    maxConnections: config.MAX_CONNECTIONS,
    maxConnectionsPerUser: config.MAX_CONNECTIONS_PER_USER,
    maxConnectionsPerAddress: config.MAX_CONNECTIONS_PER_ADDRESS,
    maxSymbolsPerStream: config.MAX_SYMBOLS_PER_STREAM,
    streamBufferBytes: config.STREAM_BUFFER,
    trustedProxies: config.TRUSTED_PROXIES,
    rateLimit: config.RATE_LIMIT,
    streamWindowMs: config.STREAM_WINDOW,
    pageFolder: existsSync(PAGE_FOLDER) ? PAGE_FOLDER : null,
  };
}

function readVersion(): string {
  const text = readFileSync(resolve(import.meta.dirname, '../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
