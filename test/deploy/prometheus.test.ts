/**
 * What operators watch with: the alerting rules against their own tests, by Prometheus's tool, and against the metrics
 * that there are.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { metricEntries } from '../../scripts/metrics-page.ts';
import { needProgram, ROOT } from '../support/need.ts';

const FOLDER = join(ROOT, 'deploy/prometheus');
const rules = readFileSync(join(FOLDER, 'rules.yml'), 'utf8');

test('the alerting rules do what their tests say', (t) => {
  const promtool = needProgram(t, 'promtool', 'promtool');
  if (promtool === null) return;
  const run = (...args: readonly string[]): void => {
    const { status, stdout, stderr } = spawnSync(promtool, args, { cwd: FOLDER, encoding: 'utf8' });
    assert.equal(status, 0, `promtool ${args.join(' ')}: ${stdout}${stderr}`);
  };
  run('check', 'config', 'prometheus.yml');
  run('test', 'rules', 'rules_test.yml');
});

test('every rule has a test in which it fires', () => {
  const tests = readFileSync(join(FOLDER, 'rules_test.yml'), 'utf8');
  for (const [, name] of rules.matchAll(/- alert: (\S+)/g))
    assert.match(tests, new RegExp(`alertname: ${name}\\n\\s+exp_alerts:\\n`), `${name} fires in a test`);
});

test('the rules speak of metrics that there are', () => {
  const known = new Set(['up', ...metricEntries().map(({ name }) => name)]);
  const named = rules.matchAll(/\b(?:up|(?:tocsin|ingestor|evaluator|notifier|canary|kafka)_[a-z_]+)\b(?=[{[) ])/g);
  const unknown = [...named].map(([name]) => name.replace(/_bucket$/, '')).filter((name) => !known.has(name));
  assert.deepEqual([...new Set(unknown)], []);
});
