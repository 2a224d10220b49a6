/**
 * The leases of one member of a group, kept on the server: its scripts decide in one step who owns what.
 */
import type { MemberLeases } from '#adapters/bus/leased/member.ts';
import type { Link } from '#adapters/redis/link.ts';
import { BEAT, type Keys, LET_GO } from './scripts.ts';

export interface LeasesOptions {
  readonly link: Link;
  readonly keys: Keys;
  readonly group: string;
  /** The member's name, unlike any other. */
  readonly id: string;
  readonly partitions: number;
  readonly leaseMs: number;
}

export function leasesOf({ link, keys, group, id, partitions, leaseMs }: LeasesOptions): MemberLeases {
  const leaves01 = (leaves: boolean): number => (leaves ? 1 : 0);
  return {
    async beat(leaves) {
      const named = [keys.members(group), keys.owners(group), keys.tokens(group), keys.groups];
      const said = [id, leaseMs, partitions, keys.moves, group, leaves01(leaves)];
      const answer = (await link.run(BEAT, named, ...said)) as readonly number[];
      return Array.from({ length: answer.length / 3 }, (_, i) => ({
        partition: answer[i * 3] as number,
        token: answer[i * 3 + 1] as number,
        keep: answer[i * 3 + 2] === 1,
      }));
    },
    async letGo(given, leaves) {
      const named = [keys.members(group), keys.owners(group)];
      await link.run(LET_GO, named, id, keys.moves, group, leaves01(leaves), ...given);
    },
  };
}
