/**
 * How well an instrument is being watched, judged by the trade time of its last price: shape, colour and words. It goes
 * on ageing here between answers of the server.
 */
import type { Coverage, InstrumentView } from '#api/contract/instrument.ts';
import { usePrice } from '../live/prices.ts';
import { useNow } from '../words/now.ts';

const LOOKS: Readonly<Record<Coverage, { readonly name: string; readonly more: string; readonly dot: string }>> = {
  live: { name: 'Live', more: 'fresh prices are coming in', dot: 'bg-up' },
  stale: { name: 'Stale', more: 'no price for longer than usual', dot: 'bg-brass-wash border-2 border-brass-mark' },
  blind: { name: 'Blind', more: 'no price for too long: alerts cannot fire', dot: 'border-2 border-down' },
  closed: { name: 'Closed', more: 'the market is closed', dot: 'bg-line-strong scale-75 rounded-none!' },
  none: { name: 'Never seen', more: 'no price has come yet', dot: 'border-2 border-dashed border-line-strong' },
};

export function coverageAt(instrument: InstrumentView, lastAt: number | undefined, now: number): Coverage {
  if (lastAt === undefined) return instrument.coverage;
  const age = now - lastAt;
  if (age <= instrument.staleAfterMs) return 'live';
  const until = instrument.session.until;
  if (!instrument.session.open && (until === null || now < until)) return 'closed';
  return age > instrument.blindAfterMs ? 'blind' : 'stale';
}

export function useCoverage(instrument: InstrumentView): Coverage {
  const now = useNow();
  return coverageAt(instrument, usePrice(instrument.symbol)?.at, now);
}

export function CoverageDot({ coverage, named }: { readonly coverage: Coverage; readonly named?: boolean }) {
  const look = LOOKS[coverage];
  return (
    <span className="inline-flex items-center gap-1.5" title={`${look.name}: ${look.more}`}>
      <span aria-hidden="true" className={`inline-block size-2.5 shrink-0 rounded-full ${look.dot}`} />
      <span className={named ? 'text-sm text-ink-2' : 'sr-only'}>{look.name}</span>
    </span>
  );
}
