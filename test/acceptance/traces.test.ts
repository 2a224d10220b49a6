/**
 * One tick from its source to the message it became, over three processes, as a real collector sees it; and the same
 * program without a collector, which loads nothing for it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client, eventually } from '../support/client.ts';
import { type CollectedSpan, startCollector } from '../support/collector.ts';
import { needProgram, ROOT } from '../support/need.ts';
import { postgresMissing, startPostgres } from '../support/postgres.ts';
import { type Program, startProgram } from '../support/program.ts';
import { redisMissing, startRedis } from '../support/redis.ts';

const skip = postgresMissing() ?? redisMissing() ?? false;

async function until(user: Client, path: string, status: string): Promise<void> {
  await eventually(async () => (await user.ok(`GET`, path)).status === status, `${path} is ${status}`);
}

test('a tick is one trace from ingest to delivery, over the bus and the store', { skip }, async (t) => {
  const otelcol = needProgram(t, 'otelcol', 'otelcol');
  if (otelcol === null) return;
  const collector = await startCollector(t, otelcol);
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const redis = await startRedis();
  t.after(() => redis.remove());
  const shared = {
    ...{ STORE: await postgres.newDatabase(), BUS: redis.url, SOURCES: 'push', PUBLIC_URL: 'http://tocsin.test' },
    ...{ AUTH_SECRET: 'the same secret for every process of a cluster', LOG_LEVEL: 'debug' },
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
  };
  const run = (ROLES: string, TRACES: string): Promise<Program> =>
    startProgram(t, { env: { ...shared, ROLES, TRACES } });
  let ingest = await run('ingest', '1');
  const [evaluate, rest] = await Promise.all([run('evaluate', '1'), run('record,notify,gateway', '1')]);
  const user = new Client(rest.url);
  user.headers['x-api-key'] = (await user.ok('POST', '/api/v1/api-keys', { name: 'push' })).key;
  const push = (price: number) => user.ok('POST', '/api/v1/prices', { symbol: 'LAMP', price });
  const channel = await user.ok('POST', '/api/v1/channels', { kind: 'page', name: 'page', settings: {} });
  await push(10);
  const alert = await user.ok('POST', '/api/v1/alerts', {
    ...{ symbol: 'LAMP', condition: 'price crosses above 10.5', frequency: 'repeat', cooldown: '0s' },
    channels: [channel.id],
  });
  await until(user, `/api/v1/alerts/${alert.id}`, 'armed');

  const delivered = (count: number) =>
    eventually(async () => {
      const all = await user.all<{ id: string; triggerId: string; status: string }>('/api/v1/deliveries');
      return all.length === count && all.every(({ status }) => status === 'accepted') && all;
    }, `${count} deliveries are accepted`);
  const spanOf = (name: string, attributes: Readonly<Record<string, string>>): Promise<CollectedSpan> =>
    eventually(
      async () =>
        collector
          .spans()
          .find(
            (span) =>
              span.name === name &&
              Object.entries(attributes).every(([key, value]) => span.attributes[`tocsin.${key}`] === value),
          ),
      `the collector has ${name} of ${JSON.stringify(attributes)}`,
    );

  await push(11);
  const [first] = await delivered(1);
  const { triggerId: trigger = '', id: delivery = '' } = first ?? {};
  const deliver = await spanOf('deliver', { delivery });
  const fired = await spanOf('trigger', { trigger });
  assert.equal(deliver.parentId, fired.id);
  const all = collector.spans().filter(({ traceId }) => traceId === fired.traceId);
  const evaluated = all.find(({ id }) => id === fired.parentId);
  const ingested = all.find(({ id }) => id === evaluated?.parentId);
  assert.deepEqual(
    [ingested, evaluated, fired, deliver].map((span) => [span?.name, span?.roles, span?.traceId]),
    [
      ['ingest', 'ingest', fired.traceId],
      ['evaluate', 'evaluate', fired.traceId],
      ['trigger', 'evaluate', fired.traceId],
      ['deliver', 'record,notify,gateway', fired.traceId],
    ],
  );
  assert.equal(ingested?.parentId, '');
  assert.equal(deliver.attributes['tocsin.outcome'], 'accepted');

  const said = (program: Program, message: string): unknown =>
    program
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{') && line.includes(message))
      .map((line) => JSON.parse(line))
      .map(({ trace_id, span_id }) => ({ trace_id, span_id }))
      .at(-1);
  assert.deepEqual(said(evaluate, 'an alert fired'), { trace_id: fired.traceId, span_id: fired.id });
  assert.deepEqual(said(rest, 'a delivery was tried'), { trace_id: fired.traceId, span_id: deliver.id });
  const [shown] = await user.all<Record<string, unknown>>('/api/v1/triggers');
  assert.equal(shown?.['trace'], undefined, 'an answer has no trace in it');

  // A tick that was not chosen: what it fired is traced all the same, from the evaluator on.
  assert.equal(await ingest.stop(), 0);
  ingest = await run('ingest', '0');
  await push(10);
  await push(12);
  const again = (await delivered(2)).find(({ id }) => id !== delivery);
  const later = await spanOf('trigger', { trigger: again?.triggerId ?? '' });
  assert.equal(later.parentId, '');
  assert.equal((await spanOf('deliver', { delivery: again?.id ?? '' })).parentId, later.id);
  for (const program of [ingest, evaluate, rest]) assert.equal(await program.stop(), 0);
});

test('without a collector nothing of the SDK is loaded', () => {
  const refuse = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      if (/^@opentelemetry\\/(?!api$|semantic-conventions)/.test(name)) throw new Error('loaded: ' + name);
      return next(name, context);
    } });`;
  const hook = `data:text/javascript,${encodeURIComponent(refuse)}`;
  const load = (env: Readonly<Record<string, string>>) =>
    spawnSync(
      process.execPath,
      ['--import', hook, '-e', 'await import(process.argv[1])', join(ROOT, env['FILE'] as string)],
      {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'] },
      },
    );
  assert.equal(load({ FILE: 'src/program.ts' }).status, 0);
  assert.match(load({ FILE: 'src/adapters/host/tracing.ts' }).stderr, /loaded: @opentelemetry/, 'the hook sees it');
});
