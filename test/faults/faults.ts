/**
 * The faults, one each: how it is brought about and ended. Whoever ends a process starts another in its place, as whatever
 * watches over processes does.
 */
import type { RoleName } from '#config.ts';
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
  /** Only with this broker. */
  readonly bus?: string;
  /** A far end's answer may not get back to the notifier, or not into the ledger: it may be told again. */
  readonly losesAnswers?: true;
  readonly run: (scene: Scene) => Promise<void>;
}

/** Longer than the broker's lease of 6 s and the time to notice: another has taken over. */
const LONGER_THAN_LEASE_MS = 12_000;
const AWAY_MS = 20_000;
const TROUBLE_MS = 10_000;

const ROLES: readonly RoleName[] = ['ingest', 'evaluate', 'record', 'notify', 'gateway'];
/** Of the processes of a role one that has work in hand: the ingest on duty, the gateway with the page. */
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
    isShort: true,
    ...losing(role),
    async run(scene) {
      await scene.cluster.kill(await atWork(scene, role));
      await scene.cluster.add(role);
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
        await cluster.add(role);
        await cluster.stop(old);
      }
    },
  }),
);

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
  { name: 'none', isShort: true, run: ({ wait }) => wait(5_000) },
  ...kills,
  {
    name: 'kill -9 at random, ten times',
    losesAnswers: true,
    async run({ cluster, random, wait }) {
      for (let nth = 0; nth < 10; nth += 1) {
        const some = cluster.members[Math.floor(random() * cluster.members.length)];
        if (!some) return;
        await cluster.kill(some);
        const started = cluster.add(some.role);
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
    name: 'PostgreSQL fails over to its standby',
    losesAnswers: true,
    async run({ cluster }) {
      await cluster.failOver(await cluster.standby());
    },
  },
  {
    name: 'broker killed and started again',
    bus: 'redis',
    async run({ cluster: { broker } }) {
      await broker.kill();
      await broker.start();
    },
  },
  {
    name: `broker gone for ${AWAY_MS / 1000} s`,
    bus: 'redis',
    async run({ cluster: { broker }, wait }) {
      await broker.stop();
      await wait(AWAY_MS);
      await broker.start();
    },
  },
  {
    name: `broker paused for ${LONGER_THAN_LEASE_MS / 1000} s`,
    bus: 'redis',
    async run({ cluster: { broker }, wait }) {
      broker.pause();
      await wait(LONGER_THAN_LEASE_MS);
      broker.resume();
    },
  },
  network('one of each role cut off from store and broker for 10 s', async (scene) => {
    for (const role of ROLES) {
      const { store, bus } = await atWork(scene, role);
      store.silence();
      bus.silence();
    }
  }),
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
        const skewed = await Promise.all(ROLES.map((role) => cluster.add(role, skewMs)));
        // Theirs is the work now.
        for (const member of old) await cluster.stop(member);
        await wait(TROUBLE_MS);
        await Promise.all(ROLES.map((role) => cluster.add(role)));
        for (const member of skewed) await cluster.stop(member);
      },
    }),
  ),
];
