/**
 * Esper as a process beside this one: bench/peers/esper/EsperPeer.java. Needs a JDK and Maven, which fetches the
 * libraries: `apt-get install -y default-jdk-headless maven`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Round } from '../harness.ts';

export interface EsperRound extends Round {
  readonly fired: number;
}

export interface Esper {
  readonly armed: Round & { readonly bytes: number };
  /** Takes in the ticks from one to another of the file. */
  round(from: number, to: number): Promise<EsperRound>;
  stop(): void;
}

const HERE = fileURLToPath(new URL('esper', import.meta.url));
/** Its default leaves no room for a million alerts on a small machine. */
const HEAP = '-Xmx6g';

/** Why it cannot be measured here, or undefined. */
export function esperMissing(): string | undefined {
  for (const program of ['java', 'javac', 'mvn'])
    if (spawnSync(program, ['-version'], { stdio: 'ignore' }).error !== undefined)
      return `${program} is not there: apt-get install -y default-jdk-headless maven`;
  return undefined;
}

/** The libraries and the program, into `folder`; says what failed, or undefined. */
export function buildEsper(folder: string): string | undefined {
  const run = (program: string, args: readonly string[]): boolean =>
    spawnSync(program, args, { cwd: HERE, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  if (!run('mvn', ['-q', '-B', `-DoutputDirectory=${folder}/lib`, 'dependency:copy-dependencies']))
    return 'Maven could not fetch the libraries of Esper';
  if (!run('javac', ['-cp', `${folder}/lib/*`, '-d', `${folder}/classes`, 'EsperPeer.java']))
    return 'javac could not compile EsperPeer.java';
  return undefined;
}

/** `find` or `keep`, see there; `folder` has what is built and the files of alerts and ticks. */
export async function startEsper(way: 'find' | 'keep', folder: string): Promise<Esper> {
  const child = spawn('java', [HEAP, '-cp', `${folder}/classes:${folder}/lib/*`, 'EsperPeer', way, folder], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async <T>(): Promise<T> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('the Esper peer has ended');
      if (value.startsWith('{')) return JSON.parse(value);
    }
  };
  return {
    armed: await answer(),
    round(from, to) {
      child.stdin.write(`${from} ${to}\n`);
      return answer();
    },
    stop() {
      child.kill();
    },
  };
}
