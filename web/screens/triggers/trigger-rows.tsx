/** Triggers as a list: what fired, on which two values, when, and whether everyone was told. */
import { useQuery } from '@tanstack/react-query';
import type { TriggerView } from '#api/contract/trigger.ts';
import { queries } from '../../api/queries.ts';
import { useDecimals } from '../../instrument/decimals.ts';
import { Values } from '../../instrument/values.tsx';
import { Link } from '../../router/link.tsx';
import { Pill } from '../../ui/pill.tsx';
import { ago, shortTime } from '../../words/moments.ts';
import { useNow } from '../../words/now.ts';
import { DELIVERY_STATUS } from '../../words/status.ts';

export function TriggerRows({
  triggers,
  narrow,
}: {
  readonly triggers: readonly TriggerView[];
  readonly narrow?: boolean;
}) {
  return (
    <ol className="overflow-hidden rounded-lg border border-line bg-panel">
      {triggers.map((trigger) => (
        <Row key={trigger.id} trigger={trigger} narrow={narrow === true} />
      ))}
    </ol>
  );
}

function Row({ trigger, narrow }: { readonly trigger: TriggerView; readonly narrow: boolean }) {
  const now = useNow();
  const decimals = useDecimals(trigger.symbol);
  const wide = narrow ? '' : 'md:grid md:grid-cols-[minmax(0,1fr)_14rem_9rem_auto] md:items-center md:gap-6';
  return (
    <li className="relative border-b border-line px-4 py-3 transition-colors last:border-b-0 hover:bg-sunken">
      <div className={wide}>
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <Link
              to={`/triggers/${encodeURIComponent(trigger.id)}`}
              className="font-[640] after:absolute after:inset-0"
            >
              {trigger.symbol}
            </Link>
            {trigger.watchlist && <span className="text-sm text-ink-2">in {trigger.watchlist}</span>}
            {trigger.severity === 'critical' && <Pill tone="bad" name="Critical" />}
            {trigger.reminder && <Pill tone="calm" name="Reminder" more="Its condition goes on being true" />}
            {trigger.gap && <Pill tone="warn" name="Over a gap" />}
          </p>
          <p className="truncate font-mono text-sm text-ink-2">{trigger.condition}</p>
          {trigger.message && <p className="truncate text-sm text-ink-2">“{trigger.message}”</p>}
        </div>
        <Values before={trigger.before} after={trigger.after} decimals={decimals} />
        <p className="text-sm text-ink-2">
          {shortTime(trigger.firedAt, now)}
          <span className={narrow ? 'ml-2 text-ink-3' : 'text-ink-3 max-md:ml-2 md:block'}>
            {ago(trigger.firedAt, now)}
          </span>
        </p>
        {!narrow && <Told triggerId={trigger.id} />}
      </div>
    </li>
  );
}

/** The worst of a trigger's deliveries, for that is what one must know. */
function Told({ triggerId }: { readonly triggerId: string }) {
  const { data } = useQuery({
    ...queries.deliveries(),
    select: (all) => all.filter((delivery) => delivery.triggerId === triggerId),
  });
  if (!data || data.length === 0) return <span className="w-24" />;
  const worst =
    data.find(({ status }) => status === 'dead') ?? data.find(({ status }) => status === 'retrying') ?? data[0];
  const words = DELIVERY_STATUS[(worst as (typeof data)[number]).status];
  return (
    <Pill tone={words.tone} name={data.length > 1 ? `${words.name} · ${data.length}` : words.name} more={words.more} />
  );
}
