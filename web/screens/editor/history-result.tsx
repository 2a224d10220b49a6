/** What a test on history found: how often, in which months, what the price did after, and each firing. */
import type { ReactNode } from 'react';
import type { BacktestResultView, FiringView } from '#api/contract/backtest.ts';
import { count, price, signedPercent } from '../../words/figures.ts';
import { dayOf, shortTime, span } from '../../words/moments.ts';
import { marketNow } from '../../words/now.ts';

const AFTER = ['1 hour', '1 day', '5 days'] as const;
/** From less than this no number a month is drawn. */
const MONTH_MS = 30 * 86_400_000;
/** The newest firings that are shown; more help nobody. */
const SHOWN = 100;

export function HistoryResult({
  canonical,
  result,
  firings,
  decimals,
}: {
  readonly canonical: string;
  readonly result: BacktestResultView;
  readonly firings: readonly FiringView[];
  readonly decimals: number;
}) {
  if (result.bars === 0)
    return (
      <p role="status" className="mt-3 text-ink-2">
        No history is stored yet: it begins with the next price.
      </p>
    );
  const now = marketNow();
  return (
    <div className="mt-3 space-y-3">
      <p role="status">
        <code className="font-mono text-sm">{canonical}</code> would have fired{' '}
        <strong className="font-[620]">{result.count === 0 ? 'never' : count(result.count, 'time')}</strong> in{' '}
        {span(result.to - result.from)}, from {dayOf(result.from)} to {dayOf(result.to)}
        {result.perMonth !== null &&
          result.count > 0 &&
          result.to - result.from >= MONTH_MS &&
          `: ${perMonth(result.perMonth)} a month`}
        .
      </p>
      {result.count > 0 && (
        <Table name="What the price did after" columns={['After', 'Known', 'Higher', 'Mean', 'Lowest', 'Highest']}>
          {result.outcomes.map(({ horizonMs, known, higher, mean, lowest, highest }, place) => (
            <Row
              key={horizonMs}
              name={AFTER[place] ?? span(horizonMs)}
              cells={[
                String(known),
                known === 0 ? '–' : `${Math.round((100 * higher) / known)} %`,
                change(mean),
                change(lowest),
                change(highest),
              ]}
            />
          ))}
        </Table>
      )}
      {result.count > 0 && (
        <details>
          <summary className="min-h-8 cursor-pointer text-sm font-[580]">By month</summary>
          <Table name="Firings by month" columns={['Month (UTC)', 'Firings']}>
            {result.months.map((month) => (
              <Row key={month.month} name={month.month} cells={[String(month.count)]} />
            ))}
          </Table>
        </details>
      )}
      {firings.length > 0 && (
        <details>
          <summary className="min-h-8 cursor-pointer text-sm font-[580]">Each firing</summary>
          <Table name="Each firing, the newest first" columns={['Time', 'Price', ...AFTER]}>
            {firings
              .slice(-SHOWN)
              .toReversed()
              .map((firing) => (
                <Row
                  key={`${firing.firedAt} ${firing.price}`}
                  name={shortTime(firing.firedAt, now)}
                  cells={[price(firing.price, decimals), ...firing.after.map(change)]}
                />
              ))}
          </Table>
          {result.count > Math.min(SHOWN, firings.length) && (
            <p className="mt-1 text-sm text-ink-3">
              {count(Math.min(SHOWN, firings.length), 'firing')} of {result.count} are shown.
            </p>
          )}
        </details>
      )}
      <p className="text-sm text-ink-3">
        What happened says how often, not that it will happen again. Costs are not counted; within a minute the order of
        prices is a guess.
      </p>
    </div>
  );
}

function perMonth(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

const change = (value: number | null): string => (value === null ? '–' : signedPercent(value));

function Table({
  name,
  columns,
  children,
}: {
  readonly name: string;
  readonly columns: readonly string[];
  readonly children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard
    <section aria-label={name} tabIndex={0} className="max-h-80 overflow-auto rounded-md border border-line">
      <table className="w-full text-sm">
        <caption className="sr-only">{name}</caption>
        <thead className="sticky top-0 bg-sunken">
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" className="label-caps px-2.5 py-1.5 text-right first:text-left">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

function Row({ name, cells }: { readonly name: string; readonly cells: readonly string[] }) {
  return (
    <tr className="border-t border-line">
      <th scope="row" className="px-2.5 py-1.5 text-left font-normal whitespace-nowrap text-ink-2">
        {name}
      </th>
      {cells.map((cell, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the columns of a table do not move
        <td key={column} className="px-2.5 py-1.5 text-right whitespace-nowrap">
          {cell}
        </td>
      ))}
    </tr>
  );
}
