/**
 * Runs the steps of deploy/Dockerfile without Docker: in a clean folder, each stage in a part of it that stands for its
 * root, on this machine's npm and the Node that runs this. Then starts what the image would start: without rights (where we
 * are root to begin with), in a tree that it cannot write to but for the data, until its health check is content.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, matchesGlob, relative, resolve } from 'node:path';
import { freePort } from '../test/support/ports.ts';

const ROOT = resolve(import.meta.dirname, '..');
const FILE = join(ROOT, 'deploy/Dockerfile');
/** It takes seconds; a machine that is busy with other things takes longer, and one that hangs is found. */
const HEALTHY_WITHIN_MS = 300_000;
const ASK_EVERY_MS = 1_000;

interface Stage {
  readonly root: string;
  workdir: string;
  readonly env: Record<string, string>;
  user: string;
  health: readonly string[];
  command: readonly string[];
}

const instructions = readFileSync(FILE, 'utf8')
  .replace(/^\s*#.*$/gm, '')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '');
const ignored = readFileSync(`${FILE}.dockerignore`, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#') && line !== '**');

/** Whether the build may see a file of ours; the last line that speaks of it, or of a folder it is in, decides. */
function isSeen(path: string): boolean {
  const parts = path.split('/');
  const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const line = ignored.findLast((one) => paths.some((each) => matchesGlob(each, one.replace(/^!/, ''))));
  return line?.startsWith('!') ?? false;
}

function build(folder: string): Stage {
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const instruction of instructions) {
    const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(instruction) ?? [];
    if (name === 'FROM') {
      const as = / AS (\S+)$/.exec(rest)?.[1] ?? 'last';
      stage = { root: join(folder, as), workdir: '/', env: {}, user: '0:0', health: [], command: [] };
      mkdirSync(stage.root);
      stages.set(as, stage);
      continue;
    }
    if (stage === undefined) throw new Error(`before FROM: ${instruction}`);
    const { root, env } = stage;
    if (name === 'WORKDIR') {
      stage.workdir = rest;
      mkdirSync(join(root, rest), { recursive: true });
    } else if (name === 'COPY') copy(stage, stages, rest);
    else if (name === 'RUN') {
      console.log(`RUN ${rest}`);
      const path = `${dirname(process.execPath)}:${process.env['PATH']}`;
      const cwd = join(root, stage.workdir);
      const { status } = spawnSync('sh', ['-c', rest], {
        cwd,
        env: { ...process.env, ...env, PATH: path },
        stdio: 'inherit',
      });
      if (status !== 0) throw new Error(`it ended with ${status}`);
    } else if (name === 'ENV') for (const [, key = '', value = ''] of rest.matchAll(/(\w+)=(\S*)/g)) env[key] = value;
    else if (name === 'USER') stage.user = rest;
    else if (name === 'HEALTHCHECK') stage.health = JSON.parse(/CMD (.*)$/.exec(rest)?.[1] ?? '[]');
    else if (name === 'ARG') env[rest.split('=')[0] as string] = rest.split('=')[1] ?? '';
    else if (name === 'CMD') stage.command = JSON.parse(rest);
    else if (!['VOLUME', 'EXPOSE', 'STOPSIGNAL'].includes(name)) throw new Error(`not known here: ${instruction}`);
  }
  if (stage === undefined) throw new Error('there is no stage');
  return stage;
}

function copy({ root, workdir }: Stage, stages: ReadonlyMap<string, Stage>, rest: string): void {
  const words = rest.split(/\s+/);
  const flag = (name: string): string | undefined =>
    words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
  const paths = words.filter((word) => !word.startsWith('--'));
  const into = paths.pop() ?? '';
  const to = resolve(workdir, into);
  const from = flag('from');
  for (const path of paths) {
    const base = from === undefined ? ROOT : (stages.get(from)?.root ?? '');
    const source = join(base, path);
    // A folder's content is copied, a file into what ends in a slash.
    const isInto = into.endsWith('/') && !statSync(source).isDirectory();
    const target = join(root, to, isInto ? basename(path) : '');
    cpSync(source, target, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) => from !== undefined || isSeen(relative(ROOT, file)),
    });
    const [uid, gid] = (flag('chown') ?? '').split(':').map(Number);
    if (process.getuid?.() === 0 && uid !== undefined && gid !== undefined && gid > 0) chownSync(target, uid, gid);
  }
}

async function tryOut({ root, workdir, env, user, health, command }: Stage): Promise<void> {
  const [uid = 0, gid = 0] = user.split(':').map(Number);
  if (uid === 0) throw new Error('it would run as root');
  const nobody = process.getuid?.() === 0 ? { uid, gid } : {};
  spawnSync('chmod', ['-R', 'a-w', join(root, workdir)]);
  const port = await freePort();
  const data = join(root, env['DATA_DIR'] ?? '');
  const given = { PATH: dirname(process.execPath), ...env, HOST: '127.0.0.1', PORT: String(port), DATA_DIR: data };
  const options = { cwd: join(root, workdir), env: given, ...nobody };
  const run = (words: readonly string[], output: 'inherit' | 'ignore'): ChildProcess =>
    spawn(words[0] as string, words.slice(1), { ...options, stdio: ['ignore', output, output] });
  const end = (child: ChildProcess): Promise<number | null> =>
    new Promise((ended) => (child.exitCode === null ? child.once('exit', ended) : ended(child.exitCode)));
  console.log(`USER ${user} CMD ${command.join(' ')}`);
  const program = run(command, 'inherit');
  try {
    for (const until = performance.now() + HEALTHY_WITHIN_MS; (await end(run(health, 'ignore'))) !== 0; ) {
      if (program.exitCode !== null) throw new Error(`it ended with ${program.exitCode}`);
      if (performance.now() > until) throw new Error(`not healthy within ${HEALTHY_WITHIN_MS} ms`);
      await new Promise((again) => setTimeout(again, ASK_EVERY_MS));
    }
    const page = await fetch(`http://127.0.0.1:${port}/`);
    if (page.status !== 200 || !(await page.text()).includes('<script')) throw new Error(`the page: ${page.status}`);
  } finally {
    program.kill('SIGTERM');
  }
  const code = await end(program);
  if (code !== 0) throw new Error(`it was asked to stop and ended with ${code}`);
}

const folder = mkdtempSync(join(tmpdir(), 'tocsin-image-'));
chmodSync(folder, 0o755);
try {
  await tryOut(build(folder));
  console.log('The image would be well.');
} finally {
  spawnSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true, force: true });
}
