/**
 * A trigger as answers show it.
 */
import type { StoredTrigger } from '#contracts/store/triggers.ts';
import type { LeafEvidence } from '#domain/alert/trigger.ts';
import type { TriggerView } from '../contract/trigger.ts';

export function triggerView({ userId: _, trace: __, ...trigger }: StoredTrigger): TriggerView {
  return { ...trigger, leaves: trigger.leaves.map(leafView) };
}

function leafView({ sides, others, ...leaf }: LeafEvidence): TriggerView['leaves'][number] {
  return {
    ...leaf,
    ...(sides === undefined ? {} : { sides: [...sides] }),
    ...(others === undefined ? {} : { others: [...others] }),
  };
}
