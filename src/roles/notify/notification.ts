/**
 * Makes the notification of a delivery, of a stand-in for a dead one, and of a test. Pure.
 */
import type { Notification } from '#contracts/channel.ts';
import type { Channel } from '#contracts/store/channels.ts';
import type { StoredTrigger } from '#contracts/store/triggers.ts';
import type { Alert } from '#domain/alert/alert.ts';
import type { Delivery } from '#domain/delivery/delivery.ts';
import { bodyOf, titleOf } from '#domain/delivery/message.ts';

/** What a delivery is about, as it stands in the store. */
export interface Subject {
  readonly trigger: StoredTrigger;
  /** Null where it is gone. */
  readonly alert: Alert | null;
  /** The dead delivery this one stands in for, with its channel (null where that is gone). */
  readonly dead: { readonly delivery: Delivery; readonly channel: Channel | null } | null;
}

export function triggerNotification(
  delivery: Delivery,
  { trigger, alert, dead }: Subject,
  publicUrl: string,
  sentAt: number,
): Notification {
  const { message, severity } = trigger;
  const failure = dead && failureOf(dead.delivery, dead.channel);
  return {
    idempotencyKey: delivery.id,
    kind: dead ? 'channel-failed' : 'trigger',
    title: titleOf(trigger),
    body: bodyOf(trigger, { message, ...(failure ? { failure } : {}) }),
    ...(failure ? { failure } : {}),
    trigger,
    // The words and weight the alert had when it fired, whatever the user made of it since.
    alert: alert && { ...alert, message, severity },
    url: `${publicUrl}/triggers/${encodeURIComponent(trigger.id)}`,
    sentAt,
    attempt: delivery.attempts.length + 1,
  };
}

/** Which channel failed and how, in the far end's words. */
function failureOf(dead: Delivery, channel: Channel | null): string {
  const name = channel ? `Your channel “${channel.name}” (${channel.kind})` : 'A channel of yours that is gone';
  const words = dead.attempts.at(-1)?.detail ?? 'it was never tried';
  return `${name} failed: ${words.replace(/\.$/, '')}. You are told here instead.`;
}

export function testNotification(channel: Channel, id: string, publicUrl: string, sentAt: number): Notification {
  return {
    idempotencyKey: id,
    kind: 'test',
    title: 'Test from Tocsin',
    body: `This is a test of your channel “${channel.name}”. It works: alerts that use it will arrive here.`,
    trigger: null,
    alert: null,
    url: `${publicUrl}/channels`,
    sentAt,
    attempt: 1,
  };
}
