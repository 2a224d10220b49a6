/**
 * `npm run check`: everything a change must pass before it is pushed, in under two minutes: format, lint, types (server
 * and page), generated docs, quick tests. Stops at the first that fails and says how to mend it.
 */
import { spawnSync } from 'node:child_process';

const STEPS: readonly { readonly name: string; readonly command: readonly string[]; readonly mend: string }[] = [
  { name: 'format', command: ['biome', 'format', '.'], mend: 'npm run format' },
  { name: 'lint', command: ['biome', 'lint', '--error-on-warnings', '.'], mend: 'see the lines above' },
  { name: 'types', command: ['tsc', '--noEmit'], mend: 'see the lines above' },
  { name: 'types of the page', command: ['tsc', '--noEmit', '-p', 'web'], mend: 'see the lines above' },
  { name: 'tests', command: ['node', 'scripts/test.ts', '--quick'], mend: 'see the lines above' },
];

const onlyStatic = process.argv.includes('--static');
for (const step of STEPS) {
  if (onlyStatic && step.name === 'tests') continue;
  const startedAt = performance.now();
  const [program, ...args] = step.command as [string, ...string[]];
  const result = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (result.status !== 0) {
    console.error(`\n${step.name} failed after ${seconds} s. To mend: ${step.mend}`);
    process.exit(1);
  }
  console.log(`${step.name} ok (${seconds} s)`);
}
