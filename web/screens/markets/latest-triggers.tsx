/** The last few firings. */
import { useQuery } from '@tanstack/react-query';
import type { TriggerView } from '#api/contract/trigger.ts';
import { queries } from '../../api/queries.ts';
import { useDecimals } from '../../instrument/decimals.ts';
import { Values } from '../../instrument/values.tsx';
import { Link } from '../../router/link.tsx';
import { ago } from '../../words/moments.ts';
import { useNow } from '../../words/now.ts';

const SHOWN = 5;

export function LatestTriggers() {
  const { data } = useQuery(queries.triggers({ limit: 50 }));
  if (!data || data.length === 0) return null;
  return (
    <section aria-labelledby="latest-triggers">
      <h2 id="latest-triggers" className="label-caps mb-2">
        Latest triggers
      </h2>
      <ol className="overflow-hidden rounded-lg border border-line bg-panel">
        {data.slice(0, SHOWN).map((trigger) => (
          <Row key={trigger.id} trigger={trigger} />
        ))}
      </ol>
    </section>
  );
}

function Row({ trigger }: { readonly trigger: TriggerView }) {
  const now = useNow();
  const decimals = useDecimals(trigger.symbol);
  return (
    <li className="relative border-b border-line px-3.5 py-2.5 last:border-b-0 hover:bg-sunken">
      <div className="flex items-baseline justify-between gap-3">
        <Link
          to={`/triggers/${encodeURIComponent(trigger.id)}`}
          className="min-w-0 truncate font-[600] after:absolute after:inset-0"
        >
          {trigger.symbol}
          {trigger.watchlist && <span className="font-normal text-ink-3"> · {trigger.watchlist}</span>}
        </Link>
        <span className="text-sm whitespace-nowrap text-ink-3">{ago(trigger.firedAt, now)}</span>
      </div>
      <p className="truncate text-sm text-ink-2">{trigger.condition}</p>
      <p className="text-sm">
        <Values before={trigger.before} after={trigger.after} decimals={decimals} />
      </p>
    </li>
  );
}
