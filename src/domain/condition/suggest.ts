/**
 * "Did you mean": the known word nearest to a misspelled one, or none where no word is near enough to be meant.
 */

/** Longer words are not misspellings of ours; it also bounds the work. */
const MAX_LENGTH = 20;

export function suggest(word: string, known: readonly string[]): string | undefined {
  if (word.length > MAX_LENGTH || word.length < 2) return undefined;
  const allowed = word.length <= 4 ? 1 : 2;
  let best: string | undefined;
  let bestEdits = allowed + 1;
  for (const candidate of known) {
    const edits = editsBetween(word, candidate);
    if (edits > 0 && edits < bestEdits) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** Letters inserted, removed, replaced, or swapped with their neighbour. */
function editsBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let edits = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        edits = Math.min(edits, (beforeLast[column - 2] as number) + 1);
      current.push(edits);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] as number;
}
