/**
 * Every benchmark, one after the other, with the tables as bench/README.md has them.
 *
 *   npm run bench [-- --smoke | --save]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The engine once more with all alerts on one symbol, and with ten million, in one round. */
const RUNS = [
  ['engine', '--pauses'],
  ['engine', '--symbols=1'],
  ['engine', '--alerts=10000000', '--rounds=1'],
  ['peers'],
  ['indicators'],
  ['load'],
  ['record'],
  ['pauses'],
  ['backtest'],
  ['arming'],
  ['streaming'],
  ['kafka'],
] as const;

for (const [name, ...flags] of RUNS) {
  console.log(`\n## bench/${name}.ts ${flags.join(' ')}\n`);
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const args = ['--expose-gc', '--max-old-space-size=6000', file, ...flags, ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
