/**
 * What is still to come before a condition can be judged, as answers say it: bars that have to close, a window that has to
 * fill.
 */
import type { LeafExplanation } from '#domain/alert/explanation.ts';
import { durationInWords } from '#domain/condition/wording.ts';
import { BAR_MS } from '#domain/signal/bar/bar.ts';

/** `it needs 143 more bars of 1h`: the longest wait. Null where all is known, or nothing tells when it will be. */
export function missingWords(leaves: readonly Pick<LeafExplanation, 'missing' | 'filling'>[]): string | null {
  const waits = leaves.flatMap(({ missing }) => missing ?? []);
  const [longest] = waits.toSorted((a, b) => b.bars * BAR_MS[b.size] - a.bars * BAR_MS[a.size]);
  if (longest !== undefined)
    return `it needs ${longest.bars} more ${longest.bars === 1 ? 'bar' : 'bars'} of ${longest.size}`;
  const windows = leaves.flatMap(({ filling }) => filling ?? []);
  const [last] = windows.toSorted((a, b) => b.until - a.until);
  if (last === undefined) return null;
  return `it looks back ${durationInWords(last.windowMs)}, and has values for that from ${momentInUtc(last.until)} on`;
}

export function timeInUtc(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}

function momentInUtc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 10)} ${timeInUtc(at)}`;
}
