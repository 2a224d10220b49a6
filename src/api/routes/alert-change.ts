/**
 * Changing an alert: the new version is written only if nobody wrote one in between; then it is tried on that.
 */

import type { z } from 'zod';
import type { Alert, AlertId, UserId } from '#domain/alert/alert.ts';
import { BAR_MS } from '#domain/signal/bar/bar.ts';
import { Failure } from '#errors.ts';
import type { Identity } from '../auth/identity.ts';
import type { updateAlertSchema } from '../contract/alert.ts';
import type { ApiDeps } from '../deps.ts';
import { announced, rulesOf } from './alert-rules.ts';
import { checkChannels, checkExpiry, readCondition } from './subject.ts';

type Change = z.output<typeof updateAlertSchema>;

/** Writers of one alert at the same moment; more than a few is a script at war with itself. */
const MAX_TRIES = 5;
/** What is no matter of the evaluator's. */
const DETAILS: ReadonlySet<string> = new Set(['message', 'severity', 'channels'] satisfies (keyof Change)[]);

export async function changeAlert(deps: ApiDeps, { userId }: Identity, id: AlertId, change: Change): Promise<Alert> {
  const { store } = deps;
  if (Object.keys(change).every((field) => DETAILS.has(field))) return changeDetails(deps, userId, id, change);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const before = await store.alerts.get(userId, id);
    if (before === undefined) throw new Failure('not-found', `There is no alert ${id}.`);
    const text = change.condition ?? before.condition;
    const { condition, canonical, others } = await readCondition(deps, userId, before.symbol, text);
    const isPaused = change.paused ?? before.status === 'paused';
    const expiresAt = change.expiresAt === undefined ? before.expiresAt : change.expiresAt;
    // A paused alert may keep an expiry that has passed.
    if (!isPaused || change.expiresAt !== undefined) checkExpiry(expiresAt, deps.marketTime());
    const alert: Alert = {
      ...before,
      condition: canonical,
      message: change.message === undefined ? before.message : change.message,
      severity: change.severity ?? before.severity,
      channelIds:
        change.channels === undefined ? before.channelIds : await checkChannels(deps, userId, change.channels),
      frequency: change.frequency ?? before.frequency,
      cooldownMs: change.cooldown ?? before.cooldownMs,
      expiresAt,
      session: change.session ?? before.session,
      gap: change.gap ?? before.gap,
      rearm: change.rearm === undefined ? (before.rearm ?? null) : change.rearm,
      remindEveryMs: change.remindEvery === undefined ? (before.remindEveryMs ?? null) : change.remindEvery,
      barMs: change.bar === undefined ? (before.barMs ?? null) : BAR_MS[change.bar],
      version: before.version + 1,
      status: isPaused ? 'paused' : 'arming',
      armedAt: null,
      updatedAt: deps.clock.now(),
    };
    const outcome = await store.alerts.update(alert, await rulesOf(deps, alert, condition, others));
    if (outcome === 'not-found') throw new Failure('not-found', `There is no alert ${id}.`);
    if (outcome === 'conflict') continue;
    deps.wakeRelay();
    return announced(deps, alert);
  }
  throw new Failure('conflict', 'The alert is being changed by someone else at this moment.');
}

async function changeDetails(deps: ApiDeps, userId: UserId, id: AlertId, change: Change): Promise<Alert> {
  const { message, severity, channels } = change;
  const alert = await deps.store.alerts.updateDetails(userId, id, {
    ...(message === undefined ? {} : { message }),
    ...(severity === undefined ? {} : { severity }),
    ...(channels === undefined ? {} : { channelIds: await checkChannels(deps, userId, channels) }),
    updatedAt: deps.clock.now(),
  });
  if (alert === undefined) throw new Failure('not-found', `There is no alert ${id}.`);
  deps.announce([{ kind: 'alert', userId, alert }]);
  return alert;
}
