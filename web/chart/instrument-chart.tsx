/** The chart of an instrument with a choice of candle length, the levels of its alerts, and the same numbers as a table. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { InstrumentView } from '#api/contract/instrument.ts';
import { queries } from '../api/queries.ts';
import { Failed, Loading } from '../ui/state.tsx';
import { price, volume } from '../words/figures.ts';
import { shortTime } from '../words/moments.ts';
import { marketNow } from '../words/now.ts';
import type { ChartLevel } from './candle-chart.tsx';
import { type TriedAlert, useWouldFire } from './would-fire.ts';
import { WouldFireLine } from './would-fire-line.tsx';

/** The drawing is the heaviest part of the page; lists and forms do not wait for it. */
const CandleChart = lazy(async () => ({ default: (await import('./candle-chart.tsx')).CandleChart }));

const LENGTHS = [
  { value: '5s', name: '5 s', ms: 5000, long: '5-second' },
  { value: '1m', name: '1 min', ms: 60_000, long: '1-minute' },
  { value: '5m', name: '5 min', ms: 300_000, long: '5-minute' },
  { value: '15m', name: '15 min', ms: 900_000, long: '15-minute' },
  { value: '1h', name: '1 h', ms: 3_600_000, long: '1-hour' },
  { value: '1d', name: '1 d', ms: 86_400_000, long: '1-day' },
] as const;
type Length = (typeof LENGTHS)[number];
/** More than a wide screen shows at once, so there is something to scroll back to. */
const CANDLES = 600;
const TABLE_ROWS = 12;
const NONE: readonly number[] = [];

export function InstrumentChart({
  instrument,
  levels,
  candles = '5m',
  tried,
  className,
}: {
  readonly instrument: InstrumentView;
  readonly levels: readonly ChartLevel[];
  /** The length to begin with. */
  readonly candles?: Length['value'];
  /** An alert that is being written: where it would have fired is marked and said. */
  readonly tried?: TriedAlert;
  readonly className?: string;
}) {
  const { symbol, decimals } = instrument;
  const [length, setLength] = useState<Length>(LENGTHS.find(({ value }) => value === candles) ?? LENGTHS[1]);
  const [asTable, setAsTable] = useState(false);
  const { data, error, refetch } = useQuery({
    ...queries.history(symbol, length.value, length.ms * CANDLES, marketNow),
    placeholderData: keepPreviousData,
  });
  const items = data && data.interval === length.value ? data.items : undefined;
  const found = useWouldFire(instrument, tried, items, length.ms);
  const firings = found === undefined || typeof found === 'string' ? NONE : found.firedAt;
  const last = items?.at(-1);
  const label = last
    ? `${length.long} candles of ${symbol}. Last: open ${price(last.open, decimals)}, high ${price(last.high, decimals)}, low ${price(last.low, decimals)}, close ${price(last.close, decimals)}.${levels.length > 0 ? ` Alert levels at ${levels.map(({ value }) => price(value, decimals)).join(', ')}.` : ''}`
    : `Chart of ${symbol}`;
  return (
    <section aria-label="Chart" className="overflow-hidden rounded-lg border border-line bg-panel">
      <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-2 py-1.5">
        <fieldset className="flex flex-wrap">
          <legend className="sr-only">Length of a candle</legend>
          {LENGTHS.map((option) => (
            <label
              key={option.value}
              className="inline-flex min-h-8 cursor-pointer items-center rounded-md px-2.5 text-sm text-ink-2 hover:text-ink has-checked:bg-brass-wash has-checked:font-[620] has-checked:text-brass-ink has-focus-visible:outline-2 has-focus-visible:outline-focus"
            >
              <input
                type="radio"
                name="candle-length"
                className="sr-only"
                checked={option === length}
                onChange={() => setLength(option)}
              />
              {option.name}
            </label>
          ))}
        </fieldset>
        <button
          type="button"
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
          className="min-h-8 rounded-md px-2.5 text-sm text-ink-2 hover:text-ink aria-pressed:bg-brass-wash aria-pressed:text-brass-ink"
        >
          As a table
        </button>
      </div>
      <div className={`relative ${className ?? 'h-[min(60vh,44rem)] min-h-72'}`}>
        {error && !data ? (
          <div className="p-4">
            <Failed what="The history" error={error} retry={() => void refetch()} />
          </div>
        ) : asTable ? (
          <CandleTable rows={(items ?? []).slice(-TABLE_ROWS)} decimals={decimals} />
        ) : items ? (
          <Suspense fallback={<Waiting />}>
            <CandleChart
              symbol={symbol}
              candles={items}
              intervalMs={length.ms}
              decimals={decimals}
              levels={levels}
              firings={firings}
              label={label}
              className="h-full"
            />
          </Suspense>
        ) : (
          <Waiting />
        )}
        {items?.length === 0 && !asTable && (
          <p className="absolute inset-x-0 top-1/3 text-center text-ink-2">
            No history of this length yet: the next price begins it.
          </p>
        )}
      </div>
      {tried && <WouldFireLine found={found} />}
      <p className="border-t border-line px-3 py-1 text-right text-2xs text-ink-3">
        Drawn with{' '}
        <a href="https://www.tradingview.com/" target="_blank" rel="noreferrer" className="underline">
          TradingView
        </a>{' '}
        Lightweight Charts
      </p>
    </section>
  );
}

function Waiting() {
  return (
    <div className="p-4">
      <Loading what="the chart" rows={5} />
    </div>
  );
}

function CandleTable({
  rows,
  decimals,
}: {
  readonly rows: readonly {
    readonly at: number;
    readonly open: number;
    readonly high: number;
    readonly low: number;
    readonly close: number;
    readonly volume: number;
  }[];
  readonly decimals: number;
}) {
  const now = marketNow();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard
    <section aria-label="Candles as a table" tabIndex={0} className="h-full overflow-auto">
      <table className="w-full text-sm">
        <thead className="sticky top-0 bg-sunken">
          <tr>
            {['Time', 'Open', 'High', 'Low', 'Close', 'Volume'].map((name) => (
              <th key={name} scope="col" className="label-caps px-3 py-1.5 text-right first:text-left">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map((row) => (
            <tr key={row.at} className="border-t border-line">
              <th scope="row" className="px-3 py-1.5 text-left font-normal whitespace-nowrap text-ink-2">
                {shortTime(row.at, now)}
              </th>
              {[row.open, row.high, row.low, row.close].map((value, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the columns of a table do not move
                <td key={column} className="px-3 py-1.5 text-right">
                  {price(value, decimals)}
                </td>
              ))}
              <td className="px-3 py-1.5 text-right text-ink-2">{volume(row.volume)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
