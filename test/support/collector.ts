/**
 * A real OpenTelemetry collector for a test (built by test/support/otelcol/build): takes OTLP over HTTP on a free port,
 * and tells which spans it was sent. It ends with the test.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { eventually } from './client.ts';
import { freePort } from './ports.ts';
import { freshFolder } from './program.ts';

export interface CollectedSpan {
  readonly traceId: string;
  /** Empty for the first of a trace. */
  readonly parentId: string;
  readonly id: string;
  readonly name: string;
  /** Of the process that told of it. */
  readonly roles: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Collector {
  readonly endpoint: string;
  spans(): readonly CollectedSpan[];
}

/** As the debug exporter prints them: a resource, and under it spans with their fields and attributes. */
function read(output: string): readonly CollectedSpan[] {
  return output.split(/^.*ResourceSpans #\d+$/m).flatMap((resource) => {
    const roles = /-> tocsin\.roles: Str\((.*)\)/.exec(resource)?.[1] ?? '';
    return resource
      .split(/^Span #\d+$/m)
      .slice(1)
      .map((text) => {
        const field = (name: string): string => new RegExp(`^ +${name} +: (.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
        const attributes = [...text.matchAll(/^ +-> (\S+): \w+\((.*)\)$/gm)].map(([, name, value]) => [name, value]);
        const ids = { traceId: field('Trace ID'), parentId: field('Parent ID'), id: field('ID') };
        return { ...ids, name: field('Name'), roles, attributes: Object.fromEntries(attributes) };
      });
  });
}

export async function startCollector(t: TestContext, program: string): Promise<Collector> {
  const folder = freshFolder(t, 'otelcol');
  const port = await freePort();
  const config = join(folder, 'otelcol.yaml');
  writeFileSync(
    config,
    `receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${port}" } } } }
exporters: { debug: { verbosity: detailed, use_internal_logger: false } }
service:
  telemetry: { metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], exporters: [debug] } }
`,
  );
  const child = spawn(program, ['--config', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  let said = '';
  child.stdout.on('data', (text) => (printed += text));
  child.stderr.on('data', (text) => (said += text));
  const exited = new Promise((end) => child.once('exit', end));
  t.after(async () => {
    child.kill('SIGTERM');
    await exited;
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`the collector ended: ${said}`);
    return fetch(endpoint).then(
      () => true,
      () => false,
    );
  }, 'the collector listens');
  return { endpoint, spans: () => read(printed) };
}
