/**
 * `npm run build:kafka`: installs the Kafka client by its own lock and compiles it for this machine and the Node that
 * runs the program. Nothing is fetched but npm packages. It needs a compiler and the headers of what the client links to
 * (see NEEDED), takes two minutes once, and does nothing where the client works already.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const CLIENT = resolve(import.meta.dirname, '../src/adapters/bus/kafka/client');
const PACKAGE = join(CLIENT, 'node_modules/@confluentinc/kafka-javascript');
const NEEDED =
  'g++ make python3 libssl-dev zlib1g-dev libzstd-dev liblz4-dev libcurl4-openssl-dev libsasl2-dev (as Debian calls them)';
/** Of the 280 MB that compiling leaves, the program needs the binding and librdkafka. */
const LEFTOVERS = ['deps', 'build/Release/obj.target', 'build/Release/.deps', 'build/**/*-dbg*', 'build/**/*.a'];

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    ...{ cwd, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
    env: { ...process.env, ...env },
  });
  if (status === 0) return stdout;
  console.error(`${stdout}\n${stderr}`.trim().split('\n').slice(-30).join('\n'));
  console.error(`\n${command} ${args.join(' ')} failed. The Kafka client needs ${NEEDED}.`);
  process.exit(1);
}

/** In a process of its own: what was loaded once would stay. */
const works = (): boolean =>
  spawnSync(process.execPath, ['-e', `require(${JSON.stringify(PACKAGE)})`], { stdio: 'ignore' }).status === 0;

if (works()) console.log('Kafka client: built already');
else {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-node-'));
  try {
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], CLIENT);
    // The headers of this very Node, from the package that brought it.
    const { platform, arch, versions } = process;
    run('npm', ['pack', '--silent', `node-${platform}-${arch}@${versions.node}`], folder);
    run('tar', ['xzf', ...globSync('*.tgz', { cwd: folder }), '--strip-components=1'], folder);
    console.log('Kafka client: compiling, about two minutes');
    run('npx', ['--no-install', 'node-pre-gyp', 'install', '--build-from-source', `--nodedir=${folder}`], PACKAGE, {
      npm_config_nodedir: folder,
      CKJS_LINKING: 'dynamic',
      // Its own makefile does not say that the binding waits for librdkafka's; with several jobs it may look too early.
      JOBS: '1',
    });
    for (const path of globSync(LEFTOVERS, { cwd: PACKAGE }))
      rmSync(join(PACKAGE, path), { recursive: true, force: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (!works()) {
    console.error('the Kafka client was built, but cannot be loaded');
    process.exit(1);
  }
  console.log('Kafka client: built');
}
