/**
 * Who should own which partition: everybody keeps what they have up to an even share, what is left is dealt to those with
 * less. As few move as can be. Pure.
 */
export function fairShares(
  partitions: number,
  /** Those who want a share. */
  members: readonly string[],
  /** Partition -> its member; one who wants no share may still own. */
  owners: ReadonlyMap<number, string>,
): ReadonlyMap<number, string> {
  const held = new Map<string, number[]>(members.map((name) => [name, []]));
  for (let partition = 0; partition < partitions; partition++) held.get(owners.get(partition) ?? '')?.push(partition);
  // Those with most come first, so that what does not divide evenly stays where it is.
  const sorted = [...held].sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1));
  const [share, over] = [Math.floor(partitions / sorted.length), partitions % sorted.length];
  const wanted = new Map<number, string>();
  const hungry: string[] = [];
  for (const [index, [name, mine]] of sorted.entries()) {
    const size = share + (index < over ? 1 : 0);
    for (const partition of mine.slice(0, size)) wanted.set(partition, name);
    for (let missing = mine.length; missing < size; missing++) hungry.push(name);
  }
  for (let partition = 0; partition < partitions && hungry.length > 0; partition++)
    if (!wanted.has(partition)) wanted.set(partition, hungry.shift() as string);
  return wanted;
}
