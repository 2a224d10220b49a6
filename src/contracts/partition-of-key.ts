/**
 * Which partition a key belongs to: FNV-1a over its UTF-16 units. Part of what is on disk: a log written with one
 * placement is read with the same.
 */
export function partitionOfKey(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % partitions;
}
