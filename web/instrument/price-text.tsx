/** A price that moves: it flashes in the colour of its direction and carries an arrow, so colour is never alone. */
import { usePrice } from '../live/prices.ts';
import { Icon } from '../ui/icon.tsx';
import { price, signedPercent } from '../words/figures.ts';
import { ago } from '../words/moments.ts';
import { useNow } from '../words/now.ts';

export function PriceText({
  symbol,
  decimals,
  className,
}: {
  readonly symbol: string;
  readonly decimals: number;
  readonly className?: string;
}) {
  const live = usePrice(symbol);
  if (!live) return <span className="text-ink-3">—</span>;
  const flash = live.direction > 0 ? 'flash-up' : live.direction < 0 ? 'flash-down' : '';
  return (
    <span key={live.step} className={`rounded-sm px-1 -mx-1 ${flash} ${className ?? ''}`}>
      {price(live.price, decimals)}
    </span>
  );
}

export function Change({ percent, className }: { readonly percent: number | undefined; readonly className?: string }) {
  if (percent === undefined) return <span className={`text-ink-3 ${className ?? ''}`}>—</span>;
  const direction = percent >= 0.005 ? 1 : percent <= -0.005 ? -1 : 0;
  const tone = direction > 0 ? 'text-up' : direction < 0 ? 'text-down' : 'text-ink-2';
  return (
    <span
      className={`inline-flex items-center justify-end gap-0.5 font-[560] whitespace-nowrap ${tone} ${className ?? ''}`}
    >
      <Icon name={direction > 0 ? 'up' : direction < 0 ? 'down' : 'flat'} size={13} />
      {signedPercent(percent)}
    </span>
  );
}

/** How old the last price is, ticking. */
export function Age({ symbol }: { readonly symbol: string }) {
  const live = usePrice(symbol);
  const now = useNow();
  return <>{live ? ago(live.at, now) : '—'}</>;
}
