/**
 * The whole program on one ground: a process for each role, ingest with the feed of the benchmark in it, a million alerts,
 * and a user with alerts that fire who has a page open.
 */
import { Client, eventually } from '../../test/support/client.ts';
import type { Program } from '../../test/support/program.ts';
import type { Child } from '../streaming/child.ts';
import { SYMBOLS } from '../workload.ts';
import { HOT, insertFar } from './market.ts';
import { type Ground, openGround, type Pids, type Site } from './site.ts';

/** Of the many alerts: nothing that is measured reads the rows of those that do not fire, and to write them takes long. */
const FAR_ROWS = 100_000;

export interface Arrival {
  readonly at: number;
  readonly receivedAt: number;
  readonly evaluatedAt: number;
  readonly recordedAt: number;
  readonly cameAt: number;
}

export interface Cluster {
  readonly ground: Ground;
  readonly feeder: Child;
  readonly pids: Pids;
  /** A user of the gateway, with an alert on each of the hot symbols. */
  readonly user: Client;
  /** The first of these alerts. */
  readonly like: string;
  /** Triggers as they came to the user's open page. */
  readonly arrivals: Arrival[];
  /** When the page heard that an alert is armed, by its id. */
  readonly armedAt: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly far: number;
  readonly checkpoint: ReadonlyMap<string, string>;
  /** What runs in one process; the first has the gateway. */
  readonly staff: readonly string[];
}

export async function startCluster(site: Site, { far, checkpoint, staff }: ClusterOptions): Promise<Cluster> {
  const ground = await site.newGround();
  const { store, close } = await openGround(ground);
  await store.checkpoints.load(0);
  await store.checkpoints.save(0, 0, checkpoint);
  await close();

  const programs = new Map<string, Program>();
  for (const roles of staff) programs.set(roles, await site.run(ground, roles));
  const gateway = programs.get(staff[0] as string) as Program;
  const feeder = site.child('feeder', ground);
  await feeder.answer(({ ready }) => ready);

  const owner = new Client(gateway.url);
  await owner.ok('GET', '/api/v1/session');
  const { key } = await owner.ok('POST', '/api/v1/api-keys', { name: 'bench' });
  const user = new Client(gateway.url, { 'x-api-key': key });
  const arrivals: Arrival[] = [];
  const armedAt = new Map<string, number>();
  const listening = listen(user, arrivals, armedAt);

  const channel = await user.ok('POST', '/api/v1/channels', { kind: 'page', name: 'page', settings: {} });
  const policy = { frequency: 'repeat', cooldown: '0s', session: 'all', channels: [channel.id] };
  const ids: string[] = [];
  for (const symbol of SYMBOLS.slice(0, HOT)) {
    const alert = { symbol, condition: 'price crosses above 100', ...policy };
    ids.push((await user.ok('POST', '/api/v1/alerts', alert)).id);
  }
  const [like = ''] = ids;
  await insertFar(ground.store, like, Math.min(far, FAR_ROWS));
  await eventually(async () => ids.every((id) => armedAt.has(id)), 'the alerts of the user are armed');
  return {
    ...{ ground, feeder, user, like, arrivals, armedAt },
    pids: new Map([
      ['ingest', [feeder.pid]],
      ...[...programs].map(([roles, { pid }]) => [roles, [pid]] as const),
      ...site.servers(),
    ]),
    async stop() {
      listening.end();
      await feeder.stop();
      for (const program of [...programs.values()].reverse()) await program.stop();
    },
  };
}

/** The user's open page: all prices of one symbol, and everything of the user's own. */
function listen(user: Client, arrivals: Arrival[], armedAt: Map<string, number>) {
  const events = user.stream(`/api/v1/stream?symbols=${SYMBOLS[0]}`);
  let isEnding = false;
  void (async () => {
    for await (const { event, data } of events) {
      const cameAt = Date.now();
      if (event === 'trigger') {
        const { evaluatedAt, recordedAt, after } = data as Arrival & { after: Arrival };
        const { at, receivedAt } = after;
        arrivals.push({ at, receivedAt, evaluatedAt, recordedAt, cameAt });
      } else if (event === 'alert') {
        const { id, status } = data as { id: string; status: string };
        if (status === 'armed' && !armedAt.has(id)) armedAt.set(id, cameAt);
      }
    }
  })().catch((error: unknown) => {
    if (!isEnding) throw error;
  });
  return {
    end(): void {
      isEnding = true;
      void events.return(undefined);
    },
  };
}
