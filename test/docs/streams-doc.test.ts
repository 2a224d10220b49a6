/** The examples of docs/streams.md, run as they stand against the real program. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../support/need.ts';
import { startProgram } from '../support/program.ts';

const page = readFileSync(join(ROOT, 'docs/streams.md'), 'utf8');
const examples = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code as string);

test('the examples of the page about streams show prices', async (t) => {
  assert.equal(examples.length, 2);
  const { url } = await startProgram(t);
  for (const [example, expected] of [
    [examples[0], /DEMO-OAK [\d.]+\n[\s\S]*DEMO-LUMEN [\d.]+|DEMO-LUMEN [\d.]+\n[\s\S]*DEMO-OAK [\d.]+/],
    [examples[1], /DEMO-LUMEN [\d.]+/],
  ] as const) {
    const child = spawn(
      process.execPath,
      [
        '--experimental-eventsource',
        '--no-warnings',
        '--input-type=module',
        '--eval',
        `const tocsin = '${url}';\n${example}`,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    t.after(() => child.kill());
    let output = '';
    await new Promise<void>((shown, failed) => {
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (text) => {
          output += text;
          if (expected.test(output)) shown();
        });
      child.once('exit', () => failed(new Error(`ended with: ${output}`)));
    });
  }
});
