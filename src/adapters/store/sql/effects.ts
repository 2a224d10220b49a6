/**
 * What a batch of the engine's effects makes of what they are about, alerts and members of alerts over watchlists: pure, so that reading a log again, in any
 * pieces, comes to the same. Within one arming a status only moves forward; an older version or arming changes nothing.
 */
import type { AlertStatus } from '#domain/alert/alert.ts';
import type { Armed } from '#domain/alert/member.ts';
import type { Effect } from '#domain/engine/event.ts';

/** How far along an arming a status is; `paused` and what ends an alert come after what runs it. */
const PROGRESS: Readonly<Record<AlertStatus, number>> = {
  arming: 0,
  armed: 1,
  cooling: 2,
  paused: 3,
  done: 4,
  expired: 4,
};

/** By the id of the rule, as they are after the effects; the same object where nothing changed. */
export function applyEffects<T extends Armed>(
  armed: ReadonlyMap<string, T>,
  effects: readonly Effect[],
): Map<string, T> {
  const after = new Map(armed);
  for (const effect of effects) {
    const id = effect.kind === 'trigger' ? effect.trigger.alertId : effect.alertId;
    const one = after.get(id);
    if (!one) continue;
    if (effect.kind === 'trigger') {
      const { firedAt } = effect.trigger;
      if (one.lastTriggeredAt === null || firedAt > one.lastTriggeredAt)
        after.set(id, { ...one, lastTriggeredAt: firedAt });
      continue;
    }
    const newer =
      effect.version === one.version &&
      (effect.epoch > one.epoch || (effect.epoch === one.epoch && PROGRESS[effect.status] > PROGRESS[one.status]));
    if (!newer) continue;
    const armedAt = effect.status === 'armed' ? effect.at : one.armedAt;
    after.set(id, { ...one, status: effect.status, epoch: effect.epoch, armedAt });
  }
  return after;
}
