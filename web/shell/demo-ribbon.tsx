/** On every view while any price is not of a real market. */
import { useQuery } from '@tanstack/react-query';
import { queries } from '../api/queries.ts';

export function DemoRibbon() {
  const { data } = useQuery(queries.session());
  if (!data?.demo) return null;
  return (
    <aside
      aria-label="Demo market"
      className="hatch border-b border-brass-line bg-brass-wash px-4 py-1 text-center text-sm text-brass-ink"
    >
      <span className="bg-brass-wash px-2">
        <strong className="font-[650]">Demo market: simulated prices.</strong>{' '}
        <span className="max-sm:hidden">Nothing here is a real quote.</span>
      </span>
    </aside>
  );
}
