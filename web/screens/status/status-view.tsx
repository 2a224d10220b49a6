/** How the program is doing: its price sources, how well the markets are watched, this page's own connection. */
import { useQuery } from '@tanstack/react-query';
import type { Coverage } from '#api/contract/instrument.ts';
import type { SourceView } from '#api/contract/price.ts';
import { queries } from '../../api/queries.ts';
import { CoverageDot, coverageAt } from '../../instrument/coverage.tsx';
import { priceOf } from '../../live/prices.ts';
import { ConnectionState } from '../../shell/connection.tsx';
import { Page } from '../../shell/page.tsx';
import { Pill } from '../../ui/pill.tsx';
import { Empty, Failed, Loading } from '../../ui/state.tsx';
import { count } from '../../words/figures.ts';
import { ago, fullTime } from '../../words/moments.ts';
import { useNow } from '../../words/now.ts';
import { SOURCE_STATE } from '../../words/status.ts';

const LINKS = [
  ['/docs', 'The API, readable'],
  ['/openapi.json', 'OpenAPI 3.1'],
  ['/healthz', 'Is it alive?'],
  ['/readyz', 'Is it ready?'],
  ['/metrics', 'Metrics'],
] as const;
const COVERAGES: readonly Coverage[] = ['live', 'stale', 'blind', 'closed', 'none'];

export function StatusView() {
  const { data, error, refetch } = useQuery(queries.sources());
  const { data: session } = useQuery(queries.session());
  const now = useNow();
  return (
    <Page title="Status" tabTitle="Status" lead="A silent failure is a bug: what is not working says so here.">
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <section aria-labelledby="sources" className="min-w-0">
          <h2 id="sources" className="label-caps mb-2">
            Price sources
          </h2>
          {error && !data ? (
            <Failed what="The sources" error={error} retry={() => void refetch()} />
          ) : !data ? (
            <Loading what="the sources" rows={3} />
          ) : data.length === 0 ? (
            <Empty icon="status" title="No source is running">
              Start the program with SOURCES, or push prices with an API key.
            </Empty>
          ) : (
            <ul className="overflow-hidden rounded-lg border border-line bg-panel">
              {data.map((source) => (
                <Source key={source.name} source={source} />
              ))}
            </ul>
          )}
        </section>
        <div className="space-y-6">
          <Coverages />
          <section aria-labelledby="this-page">
            <h2 id="this-page" className="label-caps mb-2">
              This page
            </h2>
            <div className="space-y-1.5 rounded-lg border border-line bg-panel p-4 text-sm">
              <ConnectionState />
              <p className="text-ink-2">Market time {fullTime(now)}</p>
              {session && <p className="text-ink-3">Tocsin {session.version}</p>}
            </div>
          </section>
          <nav aria-label="For operators and programs">
            <h2 className="label-caps mb-2">For operators and programs</h2>
            <ul className="rounded-lg border border-line bg-panel px-4 py-2 text-sm">
              {LINKS.map(([to, name]) => (
                <li key={to}>
                  <a href={to} className="flex min-h-8 items-center justify-between gap-3 hover:underline">
                    {name} <code className="font-mono text-ink-3">{to}</code>
                  </a>
                </li>
              ))}
            </ul>
          </nav>
        </div>
      </div>
    </Page>
  );
}

function Source({ source }: { readonly source: SourceView }) {
  const now = useNow();
  const words = SOURCE_STATE[source.state];
  return (
    <li className="border-b border-line px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-[640]">{source.name}</span>
        <Pill tone={words.tone} name={words.name} more={words.more} />
        {source.demo && <Pill tone="brass" name="Simulated prices" />}
        <span className="ml-auto text-sm text-ink-2">
          {source.lastTickAt === null ? 'no trade yet' : `last trade ${ago(source.lastTickAt, now)}`}
        </span>
      </div>
      <p className="mt-0.5 text-sm text-ink-2">{source.detail || words.more}</p>
    </li>
  );
}

function Coverages() {
  const { data } = useQuery(queries.instruments());
  const now = useNow();
  const counts = new Map<Coverage, number>();
  for (const instrument of data ?? []) {
    const coverage = coverageAt(instrument, priceOf(instrument.symbol)?.at, now);
    counts.set(coverage, (counts.get(coverage) ?? 0) + 1);
  }
  return (
    <section aria-labelledby="coverage">
      <h2 id="coverage" className="label-caps mb-2">
        How well markets are watched
      </h2>
      <ul className="rounded-lg border border-line bg-panel p-4">
        {COVERAGES.filter((coverage) => counts.has(coverage)).map((coverage) => (
          <li key={coverage} className="flex items-center justify-between py-0.5">
            <CoverageDot coverage={coverage} named />
            <span className="text-sm">{count(counts.get(coverage) ?? 0, 'instrument')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
