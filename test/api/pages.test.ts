/**
 * What people and machines find beside the API: description, docs, page, health, metrics.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startTrial } from '../support/gateway.ts';
import { ROOT } from '../support/need.ts';
import { freshFolder } from '../support/program.ts';

test('the description is whole: every reference leads somewhere, every operation has a name and an answer', async (t) => {
  const trial = await startTrial(t);
  const document = await trial.visitor().ok('GET', '/openapi.json');
  assert.match(document.openapi, /^3\.1\./);
  const names = new Set<string>();
  for (const [path, methods] of Object.entries<Record<string, { operationId: string; responses: object }>>(
    document.paths,
  )) {
    for (const [method, { operationId, responses }] of Object.entries(methods)) {
      assert.ok(operationId && !names.has(operationId), `${method} ${path}`);
      names.add(operationId);
      assert.ok('4XX' in responses, `${method} ${path}`);
    }
  }
  const references = JSON.stringify(document).match(/#\/components\/schemas\/\w+/g) ?? [];
  assert.ok(references.length > 50);
  const used = new Set(references.map((reference) => reference.split('/').at(-1) as string));
  for (const name of used) assert.ok(name in document.components.schemas, name);
  const unused = Object.keys(document.components.schemas).filter((name) => !used.has(name));
  assert.deepEqual(unused, ['BacktestLine', 'ClientMessage', 'StreamEvent'], 'only what streams speak of in words');
});

test('the docs come from here alone', async (t) => {
  const trial = await startTrial(t);
  const docs = await trial.visitor().request('GET', '/docs/');
  assert.equal(docs.status, 200);
  const scripts = [...(docs.body as string).matchAll(/src="([^"]+)"/g)].map(([, src]) => src as string);
  assert.ok(scripts.length > 0);
  for (const src of scripts) {
    const url = new URL(src, `${trial.url}/docs/`);
    assert.equal(url.origin, trial.url);
    assert.equal((await fetch(url)).status, 200);
  }
  const errors = await trial.visitor().request('GET', '/docs/errors');
  assert.match(errors.body, /id="bad-condition"/);
});

test('the page is served for its own addresses, its files are kept, and nothing outside the folder is', async (t) => {
  const folder = freshFolder(t, 'page');
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<title>the page</title>');
  writeFileSync(join(folder, 'assets', 'app-1234.js'), 'export {}');
  writeFileSync(join(folder, '.secret'), 'hidden');
  const trial = await startTrial(t, { settings: { pageFolder: folder } });
  const person = trial.visitor();
  const visit = (path: string) => person.request('GET', path, undefined, { accept: 'text/html' });
  const routes = readFileSync(join(ROOT, 'web/app.tsx'), 'utf8').matchAll(/^ {2}\['(\/[^']*)', \(/gm);
  const views = [...routes].map(([, route]) => (route as string).replace(':', 'some-id.1'));
  assert.ok(views.length > 10 && views.includes('/alerts/some-id.1/edit'), views.join(' '));
  for (const path of ['/index.html', ...views]) {
    const answer = await visit(path);
    assert.equal(answer.body, '<title>the page</title>', path);
    assert.equal(answer.headers.get('cache-control'), 'no-cache', path);
  }
  const asset = await visit('/assets/app-1234.js');
  assert.match(asset.headers.get('cache-control') ?? '', /immutable/);
  for (const path of ['/api/v1/nothing', '/assets/gone.js', '/.secret'])
    assert.notEqual((await visit(path)).status, 200, path);
  for (const path of ['/..%2f..%2fetc/passwd', '/assets/..%2f..%2f..%2fetc/passwd', '/%2e%2e/%2e%2e/etc/passwd'])
    assert.doesNotMatch(JSON.stringify((await visit(path)).body), /root:/, path);
  assert.equal((await person.request('GET', '/alerts', undefined, { accept: 'application/json' })).status, 404);
  assert.deepEqual(trial.bugs, []);
});

test('readiness names what is unwell', async (t) => {
  let problem: string | null = null;
  const trial = await startTrial(t, { deps: { health: () => [{ name: 'ingest', problem }] } });
  const machine = trial.visitor();
  assert.equal((await machine.request('GET', '/readyz')).status, 200);
  problem = 'no source works';
  const unwell = await machine.request('GET', '/readyz');
  assert.equal(unwell.status, 503);
  assert.deepEqual(unwell.body.parts[0], { name: 'ingest', problem });
  assert.equal((await machine.request('GET', '/healthz')).status, 200);
});

test('metrics are for this machine or the operator', async (t) => {
  const trial = await startTrial(t);
  const machine = trial.visitor();
  const metrics = await machine.request('GET', '/metrics');
  assert.match(metrics.body, /^# HELP/m);
  assert.match(metrics.body, /tocsin_streams_open\{transport="sse"\} 0/);
  const afar = { 'x-forwarded-for': '203.0.113.9' };
  assert.equal((await machine.request('GET', '/metrics', undefined, afar)).status, 403);
  const operator = { ...afar, 'x-operator-key': trial.deps.settings.operatorKey };
  assert.equal((await machine.request('GET', '/metrics', undefined, operator)).status, 200);
});
