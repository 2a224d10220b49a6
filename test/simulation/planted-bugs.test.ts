import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../support/need.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';

const PLANT = join(ROOT, 'test/simulation/plant.ts');
const HUNT = join(ROOT, 'test/simulation/hunt.ts');

for (const [number, { name, seed = 1 }] of PLANTED_BUGS.entries()) {
  test(`the simulation notices when ${name}`, async (t) => {
    const child = spawn(process.execPath, ['--import', PLANT, HUNT], {
      env: { ...process.env, TOCSIN_BUG: String(number), TOCSIN_SEED: String(seed) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    assert.equal(code, 0, `not noticed:\n${said}`);
    t.diagnostic(said.trim());
  });
}
