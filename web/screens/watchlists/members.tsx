/** The members of a watchlist as a table, each with its price, and buttons that move it or take it off. */
import { useEffect, useRef, useState } from 'react';
import { CoverageDot, useCoverage } from '../../instrument/coverage.tsx';
import { useInstrument } from '../../instrument/decimals.ts';
import { Age, PriceText } from '../../instrument/price-text.tsx';
import { Link } from '../../router/link.tsx';
import { Button, IconButton } from '../../ui/button.tsx';

const HEAD = 'label-caps px-3 py-2 font-[600] whitespace-nowrap';
/** Rows drawn at a time: each asks for what it shows. */
const SHOWN = 100;

type Way = 'up' | 'down';

export function Members({
  name,
  symbols,
  onOrder,
  onRemove,
}: {
  readonly name: string;
  readonly symbols: readonly string[];
  readonly onOrder: (symbols: readonly string[]) => void;
  readonly onRemove: (symbol: string) => void;
}) {
  const table = useRef<HTMLTableElement>(null);
  const [shown, setShown] = useState(SHOWN);
  /** What was moved last: its button keeps the focus, wherever the row has gone. */
  const moved = useRef<{ readonly symbol: string; readonly way: Way } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows have moved when the order is another
  useEffect(() => {
    if (moved.current === null) return;
    const { symbol, way } = moved.current;
    moved.current = null;
    const buttonOf = (wanted: Way) =>
      table.current?.querySelector<HTMLButtonElement>(
        `[data-symbol="${CSS.escape(symbol)}"] [data-way="${wanted}"]:enabled`,
      );
    (buttonOf(way) ?? buttonOf(way === 'up' ? 'down' : 'up'))?.focus();
  }, [symbols]);
  const move = (symbol: string, way: Way): void => {
    const from = symbols.indexOf(symbol);
    moved.current = { symbol, way };
    onOrder(symbols.toSpliced(from, 1).toSpliced(from + (way === 'up' ? -1 : 1), 0, symbol));
  };
  return (
    <>
      <div className="overflow-hidden rounded-lg border border-line bg-panel">
        <table ref={table} className="w-full border-collapse">
          <caption className="sr-only">The members of {name}</caption>
          <thead className="border-b border-line bg-sunken">
            <tr>
              <th scope="col" className={`${HEAD} w-full pl-4 text-left`}>
                Instrument
              </th>
              <th scope="col" className={`${HEAD} text-right max-sm:hidden`}>
                Price
              </th>
              <th scope="col" className={`${HEAD} text-right max-sm:hidden`}>
                Age
              </th>
              <th scope="col" className={`${HEAD} pr-4 text-right`}>
                <span className="max-sm:sr-only">Order</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {symbols.slice(0, shown).map((symbol, place) => (
              <Row
                key={symbol}
                symbol={symbol}
                isFirst={place === 0}
                isLast={place === symbols.length - 1}
                onMove={(way) => move(symbol, way)}
                onRemove={() => onRemove(symbol)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {symbols.length > shown && (
        <Button onClick={() => setShown(shown + SHOWN)}>
          Show {Math.min(SHOWN, symbols.length - shown)} more of {symbols.length}
        </Button>
      )}
    </>
  );
}

function Row({
  symbol,
  isFirst,
  isLast,
  onMove,
  onRemove,
}: {
  readonly symbol: string;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly onMove: (way: Way) => void;
  readonly onRemove: () => void;
}) {
  const instrument = useInstrument(symbol);
  return (
    <tr
      data-symbol={symbol}
      className="relative border-b border-line transition-colors last:border-b-0 hover:bg-sunken has-[a:focus-visible]:bg-sunken"
    >
      <th scope="row" className="max-w-0 py-2 pr-3 pl-4 text-left font-normal">
        <span className="flex items-center gap-3">
          {instrument && <Watched instrument={instrument} />}
          <span className="min-w-0">
            <Link
              to={`/markets/${encodeURIComponent(symbol)}`}
              className="block truncate font-[620] after:absolute after:inset-0"
            >
              {symbol}
            </Link>
            <span className="block truncate text-sm text-ink-3 max-sm:hidden">{instrument?.name}</span>
            <span className="block text-sm text-ink-2 sm:hidden">
              <PriceText symbol={symbol} decimals={instrument?.decimals ?? 2} />
            </span>
          </span>
        </span>
      </th>
      <td className="px-3 py-2 text-right font-[560] max-sm:hidden">
        <PriceText symbol={symbol} decimals={instrument?.decimals ?? 2} />
      </td>
      <td className="px-3 py-2 text-right text-sm whitespace-nowrap text-ink-2 max-sm:hidden">
        <Age symbol={symbol} />
      </td>
      <td className="py-1 pr-2 pl-1">
        <span className="relative flex justify-end">
          <IconButton
            icon="up"
            name={`Move ${symbol} up`}
            data-way="up"
            disabled={isFirst}
            onClick={() => onMove('up')}
          />
          <IconButton
            icon="down"
            name={`Move ${symbol} down`}
            data-way="down"
            disabled={isLast}
            onClick={() => onMove('down')}
          />
          <IconButton icon="close" name={`Take ${symbol} off the list`} onClick={onRemove} />
        </span>
      </td>
    </tr>
  );
}

function Watched({ instrument }: { readonly instrument: NonNullable<ReturnType<typeof useInstrument>> }) {
  return <CoverageDot coverage={useCoverage(instrument)} />;
}
