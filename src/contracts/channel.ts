/**
 * A channel kind: how a notification reaches a person. The notify role owns the ledger, retries and fallback; a channel
 * makes one attempt and says truthfully what the far end answered.
 *
 * Promises every adapter keeps (proven by the conformance suite beside this file):
 * - `send` makes one attempt, ends within `timeoutMs`, and never throws for what the world does: it answers.
 * - `accepted` only when the far end took responsibility. `refused` (never again by itself) only for a permanent no;
 *   everything else is `failed` (again later), with `retryAfterMs` where the far end said when.
 * - The idempotency key goes out with the message in the way the far end can use.
 * - `detail` is the far end's own words, at most 500 characters, without secrets.
 */
import type { Alert } from '#domain/alert/alert.ts';
import type { ToldTrigger } from '#domain/delivery/message.ts';

/** What is to be told; a test message has no trigger. */
export interface Notification {
  /** The delivery's id; the same for every attempt. */
  readonly idempotencyKey: string;
  readonly kind: 'trigger' | 'test' | 'channel-failed';
  /** One line: "BTC-USDT crossed above 61,600". */
  readonly title: string;
  /** A few plain lines. */
  readonly body: string;
  /** For `channel-failed`: which channel failed and how, in a sentence. It stands in `body` too. */
  readonly failure?: string;
  readonly trigger: ToldTrigger | null;
  readonly alert: Alert | null;
  /** Where the page shows it. */
  readonly url: string;
  readonly sentAt: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

export interface SendResult {
  readonly outcome: 'accepted' | 'refused' | 'failed';
  /** HTTP status or SMTP reply code, null where it never came to one. */
  readonly code: number | null;
  readonly detail: string;
  readonly retryAfterMs?: number;
}

/** What a user fills in to make a channel of a kind. Values are strings; secret ones are never shown again. */
export interface ChannelField {
  readonly name: string;
  readonly label: string;
  readonly secret: boolean;
  readonly required: boolean;
  readonly example: string;
}

export interface ChannelAdapter {
  readonly kind: string;
  readonly fields: readonly ChannelField[];
  readonly timeoutMs: number;
  /** It asks nobody outside and answers at once: any number may be sent at the same time, without their `alert`. */
  readonly isNear?: true;
  /** The settings made clean (defaults, generated secrets), or what is wrong with which field. */
  check(
    settings: Readonly<Record<string, string>>,
  ): Promise<
    | { readonly ok: true; readonly settings: Readonly<Record<string, string>> }
    | { readonly ok: false; readonly problems: Readonly<Record<string, string>> }
  >;
  send(
    settings: Readonly<Record<string, string>>,
    notification: Notification,
    signal: AbortSignal,
  ): Promise<SendResult>;
  close(): Promise<void>;
}
