/**
 * The members of an alert over a watchlist. Each is watched by a rule of its own, with its own state, arming number and
 * cooldown, and one's firing holds up no other's.
 *
 * A member's rule has an id of its own, `<alert's id>.<number>`, in the place of an alert's. The number counts every
 * member the alert ever had, so an instrument that leaves the list and comes back is a new member, and no trigger
 * (`<rule's id>.<epoch>`) can be taken for one of before.
 */
import type { InstrumentSymbol } from '../market/instrument.ts';
import type { Alert, AlertId, AlertStatus } from './alert.ts';

/** What becomes of something armed, as the evaluator tells it: an alert on one instrument, or a member of one over a list. */
export type Armed = Pick<Alert, 'version' | 'status' | 'epoch' | 'armedAt' | 'lastTriggeredAt'>;

export interface Member extends Armed {
  /** The id of its rule. */
  readonly id: AlertId;
  readonly alertId: AlertId;
  readonly symbol: InstrumentSymbol;
}

/** How many members are in each state; those with none are left out. */
export type MemberCounts = Readonly<Partial<Record<AlertStatus, number>>>;

export function memberId(alertId: AlertId, number: number): AlertId {
  return `${alertId}.${number}` as AlertId;
}

/** The alert that a member's rule belongs to; undefined for the rule of an alert on one instrument, whose id is its own. */
export function alertOfMember(ruleId: AlertId): AlertId | undefined {
  const dot = ruleId.lastIndexOf('.');
  return dot < 0 ? undefined : (ruleId.slice(0, dot) as AlertId);
}

/** Of the states there are, the one that says most of what is still to come. */
const FOREMOST: readonly AlertStatus[] = ['arming', 'armed', 'cooling', 'paused', 'expired', 'done'];

/** The state of the whole alert: it is over when every member's is. An empty list is watched for its first member. */
export function statusOfMembers(counts: MemberCounts, isPaused: boolean): AlertStatus {
  if (isPaused) return 'paused';
  return FOREMOST.find((status) => (counts[status] ?? 0) > 0) ?? 'armed';
}

export function countMembers(members: readonly Pick<Member, 'status'>[]): MemberCounts {
  const counts: { [Status in AlertStatus]?: number } = {};
  for (const { status } of members) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
