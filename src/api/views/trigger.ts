/**
 * A trigger as answers show it.
 */
import type { StoredTrigger } from '#contracts/store/triggers.ts';
import type { TriggerView } from '../contract/trigger.ts';

export function triggerView({ userId: _, ...trigger }: StoredTrigger): TriggerView {
  return { ...trigger, leaves: trigger.leaves.map((leaf) => ({ ...leaf })) };
}
