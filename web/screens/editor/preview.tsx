/** What a condition means in a sentence, how far it is from coming true, and a warning if it fires at once or never. */
import type { ConditionCheck } from '#api/contract/condition.ts';
import { parseCondition } from '#domain/condition/parser.ts';
import { nearest, priceLevels } from '../../instrument/levels.ts';
import { usePrice } from '../../live/prices.ts';
import { Icon } from '../../ui/icon.tsx';
import { Notice } from '../../ui/state.tsx';
import { chance, count, percent, price } from '../../words/figures.ts';
import { namesWords } from '../../words/members.ts';
import { span } from '../../words/moments.ts';

export function Preview({ check, decimals }: { readonly check: ConditionCheck; readonly decimals: number }) {
  const live = usePrice(check.symbol ?? '');
  const distance = live ? nearest(priceLevels(check.canonical), live.price) : undefined;
  return (
    <div className="space-y-2" data-testid="preview">
      <p className="flex gap-2.5 text-lg leading-snug font-[560]">
        <Icon name="bell" size={20} className="mt-0.5 text-brass-ink" />
        {check.sentence}
      </p>
      {check.unreachable ? (
        <Notice tone="bad" title="This can never fire">
          {check.unreachable}
        </Notice>
      ) : check.members ? (
        <Members members={check.members} when={isConfirmed(check) ? 'if it stays so' : 'at once'} />
      ) : check.alreadyTrue ? (
        <Notice tone="warn" title={`Already true: it would fire ${isConfirmed(check) ? 'if it stays so' : 'at once'}`}>
          Save it if that is what you want. To be told when it happens next, use “crosses”.
        </Notice>
      ) : distance && live ? (
        <p className="pl-7.5 text-ink-2">
          {percent(distance.percent)} away: the price is {price(live.price, decimals)}, the level{' '}
          {price(distance.level, decimals)}.
        </p>
      ) : check.distance ? (
        <p className="pl-7.5 text-ink-2 first-letter:uppercase">{check.distance.words}.</p>
      ) : null}
      {check.missing && <p className="pl-7.5 text-ink-2">It cannot be judged yet: {check.missing}.</p>}
      {check.touch && (
        <p className="pl-7.5 text-ink-2">
          {chance(check.touch.chance)} that it touches {price(check.touch.level, decimals)} within{' '}
          {span(check.touch.withinMs)}, if it moves as it did in the last {span(check.touch.basisMs)}.
        </p>
      )}
    </div>
  );
}

function isConfirmed({ canonical }: ConditionCheck): boolean {
  const parsed = parseCondition(canonical);
  return parsed.ok && parsed.condition.kind === 'confirmed';
}

/** For how many members of a watchlist it holds already. */
function Members({
  members,
  when,
}: {
  readonly members: NonNullable<ConditionCheck['members']>;
  readonly when: string;
}) {
  const { total, judged, holding, symbols } = members;
  if (total === 0)
    return (
      <p className="pl-7.5 text-ink-2">The watchlist is empty: whatever you put into it is watched from then on.</p>
    );
  if (holding > 0)
    return (
      <Notice tone="warn" title={`Already true for ${holding} of ${total}: it would fire ${when} for each`}>
        {namesWords(symbols, holding)}. To be told when it happens next, use “crosses”.
      </Notice>
    );
  return (
    <p className="pl-7.5 text-ink-2">
      {judged === 0
        ? 'For none of them is known yet whether it holds.'
        : `True for none of ${count(judged, 'member')} now.`}
    </p>
  );
}
