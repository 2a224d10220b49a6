/** Under the chart, in words: how often the alert that is being written would have fired over the bars above. */
import { count } from '../words/figures.ts';
import { shortTime, span } from '../words/moments.ts';
import { marketNow } from '../words/now.ts';
import type { CannotTry, WouldFire } from './would-fire.ts';

export function WouldFireLine({ found }: { readonly found: WouldFire | CannotTry | undefined }) {
  return (
    <p role="status" className="border-t border-line px-3 py-2 text-sm text-ink-2" data-testid="would-fire">
      {found === undefined ? (
        <span className="text-ink-3">Write a condition to see where it would have fired.</span>
      ) : found === 'too-short' ? (
        'These candles reach back less far than the condition looks: choose longer ones to try it.'
      ) : found === 'others' ? (
        'It looks at other instruments too: try it on history, where all of them are.'
      ) : found === 'too-coarse' ? (
        'These candles are longer than what the condition looks at: choose shorter ones to try it.'
      ) : (
        <Found found={found} />
      )}
    </p>
  );
}

function Found({ found: { firedAt, spanMs, isOnce } }: { readonly found: WouldFire }) {
  const last = firedAt.at(-1);
  return (
    <>
      {firedAt.length > 0 && (
        <span aria-hidden="true" className="mr-2 inline-block size-2.5 rounded-full bg-brass-mark" />
      )}
      Would have fired{' '}
      <strong className="font-[620] text-ink">{firedAt.length === 0 ? 'never' : count(firedAt.length, 'time')}</strong>{' '}
      in the last {span(spanMs)}
      {last !== undefined && `, last at ${shortTime(last, marketNow())}`}
      {isOnce && firedAt.length > 1 && ', were it armed again an hour after each'}.
    </>
  );
}
