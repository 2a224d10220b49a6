/**
 * /metrics of the running program, all roles in one process, against docs/metrics.md and Prometheus's own rules.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { metricEntries } from '../../scripts/metrics-page.ts';
import { needProgram } from '../support/need.ts';
import { startProgram } from '../support/program.ts';

/** Made only where there is such a source, such a bus, a replica or a canary. */
const ELSEWHERE = /^(tocsin_(binance|replay|redis|kafka|amqp|replica|history)_|canary_|ingestor_parts$)/;

test('what the program measures is documented as it is, and named as Prometheus asks', async (t) => {
  const { url, stop } = await startProgram(t, { env: { SOURCES: 'push' } });
  const text = await (await fetch(`${url}/metrics`)).text();
  const told = new Map(
    [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm)]
      .filter(([, name]) => !/^(process|nodejs)_/.test(name as string))
      .map(([, name, help, kind]) => [name, { help, kind }]),
  );
  const documented = new Map(metricEntries().map(({ name, help, kind }) => [name, { help, kind }]));
  for (const [name, one] of told)
    assert.deepEqual(one, documented.get(name as string), `${name} is in docs/metrics.md`);
  const missing = [...documented.keys()].filter((name) => !told.has(name) && !ELSEWHERE.test(name));
  assert.deepEqual(missing, [], 'what is documented is measured');
  for (const part of ['store', 'bus', 'ingest', 'evaluate', 'record', 'notify', 'gateway'])
    assert.match(text, new RegExp(`^tocsin_part_up\\{part="${part}"\\} 1$`, 'm'));
  assert.match(text, /^ingestor_source_up\{source="push"\} 1$/m);
  assert.match(text, /^evaluator_checkpoint_age_seconds\{partition="0"\} \d/m);

  const promtool = needProgram(t, 'promtool', 'promtool');
  if (promtool !== null) {
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });
    assert.equal(stdout + stderr, '', 'promtool has nothing to say');
    assert.equal(status, 0);
  }
  assert.equal(await stop(), 0);
});
