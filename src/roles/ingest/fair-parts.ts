/**
 * Who should fetch which part of the instruments: each has one process, and what a process has weighs about as much, for
 * its capacity, as what any other has. As little moves as can be. Pure.
 */
import type { DutyMember, DutyPart } from '#contracts/store/duties.ts';

/** How far apart two loads may be, as a share of the fair one: a part that moves misses a moment, weights come and go. */
export const TOLERANCE = 0.25;
/** What nobody has weighed yet, or weighs next to nothing, is still something to keep going. */
const LEAST_WEIGHT = 1;

interface Share {
  readonly name: string;
  readonly capacity: number;
  readonly parts: Set<number>;
  weight: number;
}

/** By part, the member that should have it; none where nobody takes any. */
export function fairParts(
  count: number,
  known: readonly Pick<DutyPart, 'part' | 'weight' | 'member'>[],
  members: readonly DutyMember[],
): ReadonlyMap<number, string> {
  const weights = Array.from({ length: count }, () => LEAST_WEIGHT);
  const owners = new Map<number, string | null>();
  for (const { part, weight, member } of known) {
    if (part >= count) continue;
    weights[part] = Math.max(LEAST_WEIGHT, weight);
    owners.set(part, member);
  }
  const shares = members
    .filter(({ capacity }) => capacity > 0)
    .map(({ name, capacity }): Share => ({ name, capacity, parts: new Set(), weight: 0 }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (shares.length === 0) return new Map();
  const give = (part: number, to: Share): void => {
    to.parts.add(part);
    to.weight += weights[part] as number;
  };
  const free: number[] = [];
  for (let part = 0; part < count; part += 1) {
    const owner = shares.find(({ name }) => name === owners.get(part));
    if (owner === undefined) free.push(part);
    else give(part, owner);
  }
  // The heaviest first: the light ones then fill what is uneven.
  free.sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
  for (const part of free) give(part, leastLoaded(shares, weights[part] as number));
  even(shares, weights);
  return new Map(shares.flatMap(({ name, parts }) => [...parts].map((part): [number, string] => [part, name])));
}

const load = ({ weight, capacity }: Share, more = 0): number => (weight + more) / capacity;

function leastLoaded(shares: readonly Share[], more: number): Share {
  return shares.reduce((least, share) => (load(share, more) < load(least, more) ? share : least));
}

/** Moves from who has most to who would have least, until loads are close, or nothing that could move would bring them closer. */
function even(shares: readonly Share[], weights: readonly number[]): void {
  const sum = (of: (share: Share) => number): number => shares.reduce((total, share) => total + of(share), 0);
  const fair = sum(({ weight }) => weight) / sum(({ capacity }) => capacity);
  for (;;) {
    const most = shares.reduce((top, share) => (load(share) > load(top) ? share : top));
    const others = shares.filter((share) => share !== most);
    if (others.length === 0 || load(most) - load(leastLoaded(others, 0)) <= TOLERANCE * fair) return;
    let best: { readonly part: number; readonly to: Share; readonly higher: number } | null = null;
    for (const part of most.parts) {
      const weight = weights[part] as number;
      const to = leastLoaded(others, weight);
      const [after, other] = [load(most, -weight), load(to, weight)];
      // One that only changes who has more must be worth it, or it would come back with the next change of weights.
      if (other > after && load(most) - other < (TOLERANCE / 2) * fair) continue;
      const higher = Math.max(after, other);
      if (best === null || higher < best.higher) best = { part, to, higher };
    }
    if (best === null) return;
    const weight = weights[best.part] as number;
    most.parts.delete(best.part);
    most.weight -= weight;
    best.to.parts.add(best.part);
    best.to.weight += weight;
  }
}
