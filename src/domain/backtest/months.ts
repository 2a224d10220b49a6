/**
 * Counts by month of the UTC calendar, with the months in which nothing was counted.
 */
export interface MonthCount {
  /** `2026-05`. */
  readonly month: string;
  readonly count: number;
}

/** `counts` by year * 12 + month from 0; every month from `from` to before `to`. */
export function countsByMonth(counts: ReadonlyMap<number, number>, from: number, to: number): readonly MonthCount[] {
  if (!(to > from)) return [];
  const monthOf = (at: number): number => new Date(at).getUTCFullYear() * 12 + new Date(at).getUTCMonth();
  const months: MonthCount[] = [];
  for (let month = monthOf(from); month <= monthOf(to - 1); month += 1)
    months.push({
      month: `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`,
      count: counts.get(month) ?? 0,
    });
  return months;
}
