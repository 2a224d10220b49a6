/**
 * What a batch of the engine's effects makes of the alerts they are about: pure, so that reading a log again, in any
 * pieces, comes to the same. Within one arming a status only moves forward; an older version or arming changes nothing.
 */
import type { Alert, AlertStatus } from '#domain/alert/alert.ts';
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

/** The alerts as they are after the effects; the same object where nothing changed. */
export function applyEffects(alerts: ReadonlyMap<string, Alert>, effects: readonly Effect[]): Map<string, Alert> {
  const after = new Map(alerts);
  for (const effect of effects) {
    const id = effect.kind === 'trigger' ? effect.trigger.alertId : effect.alertId;
    const alert = after.get(id);
    if (!alert) continue;
    if (effect.kind === 'trigger') {
      const { firedAt } = effect.trigger;
      if (alert.lastTriggeredAt === null || firedAt > alert.lastTriggeredAt)
        after.set(id, { ...alert, lastTriggeredAt: firedAt });
      continue;
    }
    const newer =
      effect.version === alert.version &&
      (effect.epoch > alert.epoch ||
        (effect.epoch === alert.epoch && PROGRESS[effect.status] > PROGRESS[alert.status]));
    if (!newer) continue;
    const armedAt = effect.status === 'armed' ? effect.at : alert.armedAt;
    after.set(id, { ...alert, status: effect.status, epoch: effect.epoch, armedAt });
  }
  return after;
}
