/** What the alert watches: one instrument, or each member of a watchlist, and then which member it is tried on. */
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { queries } from '../../api/queries.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Choice, SelectField } from '../../ui/field.tsx';
import { Notice } from '../../ui/state.tsx';
import { count } from '../../words/figures.ts';
import type { Draft } from './draft.ts';
import { InstrumentPicker } from './instrument-picker.tsx';

interface Props {
  readonly draft: Draft;
  readonly put: (change: Partial<Draft>) => void;
  readonly problem: (field: string) => string | undefined;
  /** An alert that is there keeps what it watches. */
  readonly isFixed: boolean;
}

export function TargetFields({ draft, put, problem, isFixed }: Props) {
  const isOver = draft.watchlist !== null;
  if (isFixed) return isOver ? <TriedOn draft={draft} put={put} /> : null;
  return (
    <div className="space-y-4">
      <Choice
        legend="Watch"
        value={isOver ? 'watchlist' : 'instrument'}
        options={[
          { value: 'instrument', label: 'One instrument' },
          { value: 'watchlist', label: 'A watchlist' },
        ]}
        onChange={(kind) => put({ watchlist: kind === 'watchlist' ? '' : null })}
        {...(isOver && {
          hint: 'Each member fires by itself. The alert follows the list: who comes in is watched too.',
        })}
      />
      {isOver ? (
        <ListFields draft={draft} put={put} problem={problem} />
      ) : (
        <InstrumentPicker symbol={draft.symbol} onSymbol={(symbol) => put({ symbol })} problem={problem('symbol')} />
      )}
    </div>
  );
}

function ListFields({ draft, put, problem }: Omit<Props, 'isFixed'>) {
  const { data: lists } = useQuery(queries.watchlists());
  if (lists?.length === 0)
    return (
      <Notice tone="info" title="You have no watchlist yet">
        <ButtonLink to="/watchlists" size="sm" icon="list" className="mt-2">
          Make one
        </ButtonLink>
      </Notice>
    );
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField
        label="Watchlist"
        problem={problem('watchlist')}
        value={draft.watchlist ?? ''}
        onChange={(event) => put({ watchlist: event.target.value, symbol: '' })}
      >
        <option value="">Choose one</option>
        {lists?.map(({ id, name, symbols }) => (
          <option key={id} value={id}>
            {name} ({count(symbols.length, 'instrument')})
          </option>
        ))}
      </SelectField>
      <TriedOn draft={draft} put={put} />
    </div>
  );
}

/** The chart, the levels near the price and the test on history are of one member. */
function TriedOn({ draft, put }: Pick<Props, 'draft' | 'put'>) {
  const { data: lists } = useQuery(queries.watchlists());
  const symbols = lists?.find(({ id }) => id === draft.watchlist)?.symbols ?? [];
  const [first] = symbols;
  const isMember = symbols.includes(draft.symbol);
  useEffect(() => {
    if (!isMember && first !== undefined) put({ symbol: first });
  }, [isMember, first, put]);
  if (symbols.length === 0) return null;
  return (
    <SelectField
      label="Try it on"
      hint="For the chart and the test on history."
      value={draft.symbol}
      onChange={(event) => put({ symbol: event.target.value })}
    >
      {symbols.map((symbol) => (
        <option key={symbol}>{symbol}</option>
      ))}
    </SelectField>
  );
}
