/** The two values of a firing, before and after, with an arrow between and its direction in words for those who listen. */
import { Icon } from '../ui/icon.tsx';
import { exact } from '../words/figures.ts';

export function Values({
  before,
  after,
  decimals,
  plain,
}: {
  readonly before: { readonly price: number } | null;
  readonly after: { readonly price: number };
  readonly decimals: number;
  /** In the colour of the text around it. */
  readonly plain?: boolean;
}) {
  const direction = before ? Math.sign(after.price - before.price) : 0;
  const tone = plain ? '' : direction > 0 ? 'text-up' : direction < 0 ? 'text-down' : 'text-ink';
  return (
    <span className="inline-flex items-baseline gap-1.5 whitespace-nowrap">
      {before && (
        <>
          <span className={plain ? '' : 'text-ink-2'}>{exact(before.price, decimals)}</span>
          <span className="sr-only">to</span>
          <Icon name="arrow" size={13} className="self-center" />
        </>
      )}
      <span className={`inline-flex items-baseline gap-0.5 font-[640] ${tone}`}>
        {direction !== 0 && <Icon name={direction > 0 ? 'up' : 'down'} size={13} className="self-center" />}
        {exact(after.price, decimals)}
      </span>
    </span>
  );
}
