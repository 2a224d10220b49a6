/**
 * The faults, one each: how it is brought about and ended. Whoever ends a process starts another in its place, as whatever
 * watches over processes does.
 */
import type { RoleName } from '#config.ts';
import { eventually } from '../support/client.ts';
import type { BrokerNode } from './buses.ts';
import type { Cluster, Member } from './cluster.ts';
import type { FarEnd } from './far-end.ts';

export interface Scene {
  readonly cluster: Cluster;
  readonly farEnd: FarEnd;
  /** The gateway that the page listens to. */
  pageAt(): string;
  /** 0 <= n < 1, from the run's seed. */
  readonly random: () => number;
  wait(ms: number): Promise<void>;
}

export interface Fault {
  readonly name: string;
  /** Is in the short form. */
  readonly isShort?: true;
  /** Only with so many brokers. */
  readonly brokers?: number;
  /** Why it cannot be tried on this machine. */
  readonly missing?: (cluster: Cluster) => string | null;
  /** A far end's answer may not get back to the notifier, or not into the ledger: it may be told again. */
  readonly losesAnswers?: true;
  readonly run: (scene: Scene) => Promise<void>;
}

/** Longer than a reader's lease of 6 s and a Kafka broker's of 9 s, and the time to notice: another has taken over. */
const LONGER_THAN_LEASE_MS = 12_000;
const AWAY_MS = 15_000;
const TROUBLE_MS = 10_000;
/** A broker that was away has by then what it missed: operators wait for that before they stop the next. */
const IN_SYNC_MS = 5_000;

const ROLES: readonly RoleName[] = ['ingest', 'evaluate', 'record', 'notify', 'gateway'];
/** Of the processes of a role one that has work in hand: an ingest that fetches, the gateway with the page. */
const atWork = async ({ cluster, pageAt }: Scene, role: RoleName): Promise<Member> => {
  const members = cluster.of(role);
  for (const member of members) {
    if (role === 'gateway' && member.program.url === pageAt()) return member;
    if (role === 'ingest' && (await isOnDuty(member))) return member;
  }
  if (!members[0]) throw new Error(`no ${role} runs`);
  return members[0];
};
/** Only who runs the sources tells how they are. */
const isOnDuty = async ({ program }: Member): Promise<boolean> =>
  /^ingestor_source_up\{/m.test(await (await fetch(`${program.url}/metrics`)).text());
const losing = (role: RoleName): { readonly losesAnswers?: true } => (role === 'notify' ? { losesAnswers: true } : {});

const kills = ROLES.map(
  (role): Fault => ({
    name: `kill -9 of ${role}`,
    ...losing(role),
    async run(scene) {
      const member = await atWork(scene, role);
      await scene.cluster.kill(member);
      await scene.cluster.add(role, member);
    },
  }),
);

const pauses = ROLES.map(
  (role): Fault => ({
    name: `${role} paused for ${LONGER_THAN_LEASE_MS / 1000} s`,
    ...losing(role),
    async run(scene) {
      const { pid } = (await atWork(scene, role)).program;
      process.kill(pid, 'SIGSTOP');
      await scene.wait(LONGER_THAN_LEASE_MS);
      process.kill(pid, 'SIGCONT');
    },
  }),
);

const rolling = ROLES.map(
  (role): Fault => ({
    name: `rolling restart of ${role}`,
    async run({ cluster }) {
      for (const old of cluster.of(role)) {
        await cluster.add(role, old);
        await cluster.stop(old);
      }
    },
  }),
);

const someNode = ({ cluster: { broker }, random }: Scene): BrokerNode =>
  broker.nodes[Math.floor(random() * broker.nodes.length)] as BrokerNode;
const brokers: readonly Fault[] = [
  {
    name: 'a broker killed -9 and started again',
    isShort: true,
    async run(scene) {
      const node = someNode(scene);
      await node.kill();
      await node.start();
    },
  },
  {
    name: `a broker killed -9, and back after ${AWAY_MS / 1000} s`,
    async run(scene) {
      const node = someNode(scene);
      await node.kill();
      await scene.wait(AWAY_MS);
      await node.start();
    },
  },
  {
    name: `a broker paused for ${LONGER_THAN_LEASE_MS / 1000} s`,
    async run(scene) {
      const node = someNode(scene);
      node.pause();
      await scene.wait(LONGER_THAN_LEASE_MS);
      node.resume();
    },
  },
  {
    name: `a broker stopped for ${TROUBLE_MS / 1000} s`,
    async run(scene) {
      const node = someNode(scene);
      await node.stop();
      await scene.wait(TROUBLE_MS);
      await node.start();
    },
  },
  {
    name: 'rolling restart of the brokers',
    brokers: 3,
    async run({ cluster: { broker }, wait }) {
      for (const node of broker.nodes) {
        await node.stop();
        await node.start();
        await wait(IN_SYNC_MS);
      }
    },
  },
  {
    name: `two of three brokers killed -9, and back after ${TROUBLE_MS / 1000} s`,
    brokers: 3,
    async run({ cluster: { broker }, wait }) {
      const some = broker.nodes.slice(0, 2);
      await Promise.all(some.map((node) => node.kill()));
      await wait(TROUBLE_MS);
      await Promise.all(some.map((node) => node.start()));
    },
  },
  {
    name: 'all three brokers killed -9 and started again',
    brokers: 3,
    async run({ cluster: { broker } }) {
      await Promise.all(broker.nodes.map((node) => node.kill()));
      await Promise.all(broker.nodes.map((node) => node.start()));
    },
  },
];

const network = (name: string, begin: (scene: Scene) => unknown, more: Partial<Fault> = {}): Fault => ({
  name,
  losesAnswers: true,
  ...more,
  async run(scene) {
    await begin(scene);
    await scene.wait(TROUBLE_MS);
    for (const { store, bus } of scene.cluster.members)
      for (const one of [store, bus]) {
        one.trouble();
        one.heal();
      }
  },
});

export const FAULTS: readonly Fault[] = [
  { name: 'none', run: ({ wait }) => wait(5_000) },
  ...kills,
  {
    name: 'kill -9 of one of each role at once',
    isShort: true,
    losesAnswers: true,
    async run(scene) {
      const { cluster } = scene;
      const members = await Promise.all(ROLES.map((role) => atWork(scene, role)));
      await Promise.all(members.map((member) => cluster.kill(member)));
      await Promise.all(members.map((member) => cluster.add(member.role, member)));
    },
  },
  {
    name: 'kill -9 at random, six times',
    losesAnswers: true,
    async run({ cluster, random, wait }) {
      for (let nth = 0; nth < 6; nth += 1) {
        const some = cluster.members[Math.floor(random() * cluster.members.length)];
        if (!some) return;
        await cluster.kill(some);
        const started = cluster.add(some.role, some);
        await wait(random() * 2_000);
        await started;
      }
    },
  },
  ...pauses,
  ...rolling,
  {
    name: 'PostgreSQL restarted',
    isShort: true,
    losesAnswers: true,
    async run({ cluster }) {
      await cluster.postgres.shutDown();
      await cluster.postgres.start();
    },
  },
  {
    name: `PostgreSQL gone for ${AWAY_MS / 1000} s`,
    losesAnswers: true,
    async run({ cluster, wait }) {
      await cluster.postgres.crash();
      await wait(AWAY_MS);
      await cluster.postgres.start();
    },
  },
  {
    name: `PostgreSQL's disk is full for ${TROUBLE_MS / 1000} s`,
    losesAnswers: true,
    missing: ({ postgres }) => (postgres.disk ? null : 'no disk of its own can be made here'),
    async run({ cluster: { postgres }, wait }) {
      postgres.disk?.fill();
      await wait(TROUBLE_MS);
      postgres.disk?.free();
      // It may have broken down: then whoever watches over it starts it again.
      await eventually(async () => {
        if (!postgres.isRunning()) await postgres.start();
        return (await postgres.admin('select 1').catch(() => [])).length > 0;
      }, 'PostgreSQL answers');
    },
  },
  {
    name: 'PostgreSQL fails over to its standby',
    losesAnswers: true,
    async run({ cluster }) {
      await cluster.failOver(await cluster.standby(), 'reset');
    },
  },
  {
    name: "PostgreSQL's machine dies without a word, its standby takes its place",
    losesAnswers: true,
    async run({ cluster }) {
      await cluster.failOver(await cluster.standby(), 'silent');
    },
  },
  ...brokers,
  network(
    'one of each role cut off from store and broker for 10 s',
    async (scene) => {
      const { side } = await atWork(scene, 'ingest');
      for (const { store, bus } of scene.cluster.members.filter((member) => member.side === side)) {
        store.silence();
        bus.silence();
      }
    },
    { isShort: true },
  ),
  network('every connection refused for 10 s', ({ cluster }) => {
    for (const { store, bus } of cluster.members) {
      store.refuse();
      bus.refuse();
    }
  }),
  network('no evaluator reaches the store for 10 s', ({ cluster }) => {
    for (const { store } of cluster.of('evaluate')) store.refuse();
  }),
  network('200 ms each way for 10 s', ({ cluster }) => {
    for (const { store, bus } of cluster.members) for (const one of [store, bus]) one.trouble({ delayMs: 200 });
  }),
  network('packets lost for 10 s: one piece in fifty comes 300 ms late', ({ cluster }) => {
    for (const { store, bus } of cluster.members)
      for (const one of [store, bus]) one.trouble({ stalls: { percent: 2, ms: 300 } });
  }),
  {
    name: 'every connection reset, ten times',
    losesAnswers: true,
    async run({ cluster, wait }) {
      for (let nth = 0; nth < 10; nth += 1) {
        for (const { store, bus } of cluster.members) {
          store.reset();
          bus.reset();
        }
        await wait(500);
      }
    },
  },
  {
    name: 'the far end hears, and every second answer gets lost',
    isShort: true,
    losesAnswers: true,
    async run({ farEnd, wait }) {
      farEnd.loseAnswers(50);
      await wait(5_000);
      farEnd.loseAnswers(0);
    },
  },
  ...([-60_000, 60_000] as const).map(
    (skewMs): Fault => ({
      name: `one of each role with a clock ${Math.abs(skewMs) / 1000} s ${skewMs > 0 ? 'ahead' : 'behind'}`,
      async run(scene) {
        const { cluster, wait } = scene;
        const old = await Promise.all(ROLES.map((role) => atWork(scene, role)));
        const skewed = await Promise.all(old.map(({ role, side }) => cluster.add(role, { side, skewMs })));
        // Theirs is the work now.
        for (const member of old) await cluster.stop(member);
        await wait(TROUBLE_MS);
        await Promise.all(skewed.map(({ role, side }) => cluster.add(role, { side })));
        for (const member of skewed) await cluster.stop(member);
      },
    }),
  ),
];
