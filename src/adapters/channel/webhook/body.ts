/**
 * What a webhook receives: JSON in the shape Standard Webhooks asks for. Times are ms UTC but for `timestamp`, ISO 8601.
 * Fields are only ever added.
 */
import type { Notification } from '#contracts/channel.ts';
import type { Gap, LeafEvidence, Observation } from '#domain/alert/trigger.ts';

export interface WebhookBody {
  /** `channel.failed`: the trigger, told here because another channel failed. */
  readonly type: 'alert.triggered' | 'channel.failed' | 'channel.test';
  /** When the alert fired, or the moment of the test. */
  readonly timestamp: string;
  readonly data: {
    /** One line: "BTC-USDT crossed above 61,600". */
    readonly title: string;
    /** A few plain lines with the evidence. */
    readonly text: string;
    /** Which channel failed and how, where this one stands in for it. */
    readonly failure: string | null;
    /** Where the page shows it. */
    readonly url: string;
    /** Null for a test. */
    readonly trigger: WebhookTrigger | null;
  };
}

export interface WebhookTrigger {
  /** The same for every channel and every attempt. */
  readonly id: string;
  readonly alertId: string;
  readonly symbol: string;
  /** The name of the watchlist the alert is over; null for an alert on one instrument. */
  readonly watchlist: string | null;
  /** The rule's canonical text. */
  readonly condition: string;
  /** The user's own words. */
  readonly message: string | null;
  readonly severity: 'normal' | 'critical';
  readonly firedAt: number;
  readonly before: Observation | null;
  readonly after: Observation;
  readonly leaves: readonly LeafEvidence[];
  readonly gap: Gap | null;
}

const TYPES = {
  trigger: 'alert.triggered',
  'channel-failed': 'channel.failed',
  test: 'channel.test',
} as const;

export function webhookBody({ kind, title, body, failure, url, trigger, alert, sentAt }: Notification): WebhookBody {
  return {
    type: TYPES[kind],
    timestamp: new Date(trigger?.firedAt ?? sentAt).toISOString(),
    data: {
      title,
      text: body,
      failure: failure ?? null,
      url,
      trigger: trigger && {
        id: trigger.id,
        alertId: trigger.alertId,
        symbol: trigger.symbol,
        watchlist: trigger.watchlist ?? null,
        condition: trigger.condition,
        message: alert?.message ?? null,
        severity: alert?.severity ?? 'normal',
        firedAt: trigger.firedAt,
        before: trigger.before,
        after: trigger.after,
        leaves: trigger.leaves,
        gap: trigger.gap,
      },
    },
  };
}
