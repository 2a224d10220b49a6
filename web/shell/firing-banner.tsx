/**
 * What rings: the newest firings on top of every view until dismissed, read out at once. Critical ones look and sound so.
 */
import { useEffect } from 'react';
import type { TriggerView } from '#api/contract/trigger.ts';
import { calls } from '../api/calls.ts';
import { useDecimals } from '../instrument/decimals.ts';
import { Values } from '../instrument/values.tsx';
import { dismissFirings, useFirings } from '../live/firings.ts';
import { Link } from '../router/link.tsx';
import { ring } from '../sound/bell.ts';
import { ButtonLink, IconButton } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { clockTime } from '../words/moments.ts';

/** More than this at once is a storm: the rest is a line with a link. */
const SHOWN = 3;
/** A critical alert rings again this often until it is dismissed, this many times at most. */
const RING_AGAIN_MS = 6000;
const RING_AGAIN_TIMES = 10;

export function FiringBanner() {
  const firings = useFirings();
  const critical = firings.some(({ severity }) => severity === 'critical');
  useEffect(() => {
    if (!critical) return;
    let left = RING_AGAIN_TIMES;
    const timer = setInterval(() => {
      ring('critical');
      left -= 1;
      if (left === 0) clearInterval(timer);
    }, RING_AGAIN_MS);
    return () => clearInterval(timer);
  }, [critical]);
  const rest = firings.length - SHOWN;
  return (
    <div
      role="alert"
      aria-label="Alerts that fired"
      className={firings.length > 0 ? 'sticky top-16 z-10 mb-5 max-h-[60dvh] space-y-2 overflow-y-auto lg:top-3' : ''}
    >
      {firings.slice(0, SHOWN).map((trigger) => (
        <Firing key={trigger.id} trigger={trigger} />
      ))}
      {firings.length > 1 && (
        <p className="flex items-center gap-4 px-1 text-sm text-ink-2">
          {rest > 0 && (
            <Link to="/triggers" className="underline underline-offset-2">
              and {rest} more
            </Link>
          )}
          <button type="button" className="min-h-8 underline underline-offset-2" onClick={() => dismissFirings()}>
            Dismiss all
          </button>
        </p>
      )}
    </div>
  );
}

function Firing({ trigger }: { readonly trigger: TriggerView }) {
  const decimals = useDecimals(trigger.symbol);
  const critical = trigger.severity === 'critical';
  const dismiss = (): void => {
    dismissFirings([trigger.id]);
    calls.markSeen([trigger.id]).catch(() => undefined);
  };
  return (
    <section
      aria-label={`${trigger.symbol} fired`}
      className={`animate-settle flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border px-4 py-3 shadow-deep ${
        critical ? 'border-down bg-down text-on-down' : 'border-brass bg-brass text-on-brass'
      }`}
    >
      <Icon name="bell" size={28} className="animate-strike" />
      <div className="min-w-48 flex-1">
        <p className="text-lg font-[660]">
          {critical && <span className="mr-2 uppercase">Critical</span>}
          {trigger.symbol} <span className="font-[480]">{trigger.condition}</span>
        </p>
        <p className="text-sm">
          <Values before={trigger.before} after={trigger.after} decimals={decimals} plain />
          <span className="ml-3">at {clockTime(trigger.firedAt)}</span>
          {trigger.watchlist && <span className="ml-3">in {trigger.watchlist}</span>}
          {trigger.gap && <span className="ml-3">over a gap</span>}
          {trigger.message && <span className="ml-3">“{trigger.message}”</span>}
        </p>
      </div>
      <div className="flex items-center gap-1">
        <ButtonLink to={`/triggers/${encodeURIComponent(trigger.id)}`} size="sm" onClick={dismiss}>
          See the evidence
        </ButtonLink>
        <IconButton
          icon="close"
          name={`Dismiss ${trigger.symbol}`}
          onClick={dismiss}
          className="text-current! hover:bg-black/10!"
        />
      </div>
    </section>
  );
}
