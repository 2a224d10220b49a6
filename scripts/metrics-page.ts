/**
 * docs/metrics.md: every metric as it is made in the code, by who makes it. Read from the text of src, since each is
 * named, explained and labelled once, where it is made; test/acceptance/metrics.test.ts holds it against the program.
 */
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
/** By the beginning of the path: who makes the metric. In the order of the page. */
const MAKERS: readonly (readonly [path: string, maker: string])[] = [
  ['src/measures.ts', 'every process'],
  ['src/adapters/bus/', 'the bus'],
  ['src/roles/ingest/', 'ingest'],
  ['src/adapters/source/', 'ingest'],
  ['src/roles/evaluate/', 'evaluate'],
  ['src/roles/record/', 'record'],
  ['src/roles/notify/', 'notify'],
  ['src/roles/gateway/', 'gateway'],
  ['src/api/', 'gateway'],
  ['src/roles/canary/', 'the canary'],
  ['src/', 'the program'],
];
const MADE_AS =
  /\.(counter|gauge|histogram)\(\{\s*name: '([^']+)',\s*help:\s*(?:'([^']*)'|"([^"]*)"),?\s*(?:labels: \[([^\]]*)\])?/g;

export interface MetricEntry {
  readonly maker: string;
  readonly kind: string;
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** Every metric that the code can make, once, in the order of the page. */
export function metricEntries(): readonly MetricEntry[] {
  const entries = new Map<string, MetricEntry & { readonly rank: number }>();
  for (const path of globSync('src/**/*.ts', { cwd: ROOT }).sort()) {
    if (/\.(test|conformance)\.ts$/.test(path)) continue;
    const rank = MAKERS.findIndex(([start]) => path.startsWith(start));
    const text = readFileSync(resolve(ROOT, path), 'utf8');
    const made = [...text.matchAll(MADE_AS)];
    if (made.length !== (text.match(/\.(?:counter|gauge|histogram)\(\{\s*name:/g) ?? []).length)
      throw new Error(`${path}: say name, help and labels of a metric in this order, as plain text`);
    for (const [, kind = '', name = '', single, double, labels = ''] of made) {
      const help = single ?? double ?? '';
      const named = [...labels.matchAll(/'([^']+)'/g)].map(([, label]) => label as string);
      const known = entries.get(name);
      if (known !== undefined && (known.help !== help || known.kind !== kind))
        throw new Error(`${name} is made twice, and not alike`);
      if (known === undefined)
        entries.set(name, { rank, maker: MAKERS[rank]?.[1] ?? '', kind, name, help, labels: named });
    }
  }
  return [...entries.values()].sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1));
}

export function metricsPage(made: string): string {
  const rows = metricEntries().map(
    ({ maker, kind, name, help, labels }) =>
      `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${maker} | ${help} |`,
  );
  return `# Metrics

${made}

\`GET /metrics\` of every process, in the Prometheus text format: for this machine, or with the operator's key from afar;
a process without the gateway answers whoever reaches its port. A process tells of what its own roles do; sum over
processes (\`kafka_consumergroup_lag\`: take the highest, for each of them sees the same). How to watch with them, and
which alerts come ready made: [observe.md](observe.md).

Histograms have \`_bucket\`, \`_sum\` and \`_count\`; what ends in \`_seconds\` is in seconds. Beside these there are those of
the process itself, \`process_*\` and \`nodejs_*\`.

| name | kind | labels | told by | what it is |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
