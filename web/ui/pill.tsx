/** A status in a word, with a shape of its own for each tone, so that colour is never alone. */
import type { Tone } from '../words/status.ts';

const LOOKS: Readonly<Record<Tone, { readonly box: string; readonly dot: string }>> = {
  good: { box: 'bg-up-wash text-up', dot: 'rounded-full bg-current' },
  warn: { box: 'bg-brass-wash text-brass-ink', dot: 'rotate-45 bg-current' },
  brass: { box: 'bg-brass-wash text-brass-ink', dot: 'rounded-full border-2 border-current' },
  bad: { box: 'bg-down-wash text-down', dot: 'bg-current' },
  calm: { box: 'bg-sunken text-ink-2', dot: 'rounded-full border-2 border-current' },
};

export function Pill({ tone, name, more }: { readonly tone: Tone; readonly name: string; readonly more?: string }) {
  const look = LOOKS[tone];
  return (
    <span
      title={more}
      className={`inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-xs font-[600] whitespace-nowrap ${look.box}`}
    >
      <span aria-hidden="true" className={`size-1.75 shrink-0 ${look.dot}`} />
      {name}
    </span>
  );
}
