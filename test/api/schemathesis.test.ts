/**
 * Schemathesis asks the running program thousands of questions made from its own description: well-formed, malformed,
 * and in sequence. No answer may be a 5xx or differ from what is described.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { Client } from '../support/client.ts';
import { needProgram } from '../support/need.ts';
import { freshFolder, startProgram } from '../support/program.ts';
import { chosenSeed } from '../support/random.ts';

/** Of each operation in a phase, at most. By number, not by time: a slow machine asks the same. */
const QUESTIONS = Number(process.env['TOCSIN_RUNS'] ?? 10);
/**
 * Left out are the two that want every rule to be in the schema: that a condition parses, or an expiry lies ahead, is
 * not sayable there, and a body too large is refused before it is read.
 */
const EXCLUDED = 'positive_data_acceptance,negative_data_rejection';
/** A stream does not end, and signing out would end the session that asks. */
const NOT_ASKED = '/(stream|sign-out)$';

test('no question that can be made from the description gets a 5xx or an undescribed answer', async (t) => {
  const schemathesis = needProgram(t, 'schemathesis', 'schemathesis', 'st');
  if (schemathesis === null) return;
  const program = await startProgram(t);
  const user = new Client(program.url);
  await user.ok('POST', '/api/v1/alerts', { symbol: 'DEMO-OAK', condition: 'price > 1' });
  await user.ok('POST', '/api/v1/channels', { kind: 'page', name: 'page' });
  const seed = chosenSeed();
  t.diagnostic(`seed ${seed}`);
  const cookie = [...user.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const { code, output } = await new Promise<{ code: number; output: string }>((done) => {
    const args = [
      ...['run', `${program.url}/openapi.json`, '--no-color', '--seed', String(seed)],
      ...['--exclude-checks', EXCLUDED, '--exclude-path-regex', NOT_ASKED, '--generation-database', 'none'],
      ...[
        '--request-timeout',
        '30',
        '-H',
        `cookie: ${cookie}`,
        '-n',
        String(QUESTIONS),
        '--suppress-health-check',
        'all',
      ],
    ];
    const options = { cwd: freshFolder(t, 'schemathesis'), maxBuffer: 64 * 1024 * 1024 };
    execFile(schemathesis, args, options, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
  assert.equal(code, 0, `${output.slice(0, 20_000)}\n${program.output().slice(-5000)}`);
  assert.match(output, /\d+ generated/);
  assert.doesNotMatch(program.output(), /"level":"error"/);
});
