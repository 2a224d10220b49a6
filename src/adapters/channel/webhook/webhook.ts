/**
 * Notifications as signed HTTP POSTs (Standard Webhooks): `webhook-id` is the idempotency key, the same for every
 * attempt, and `webhook-signature` proves who sent it. A 2xx is accepted. 408, 425, 429 and 5xx are tried again; any
 * other answer is a permanent no.
 */
import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { ChannelAdapter, SendResult } from '#contracts/channel.ts';
import { detailOf } from '#domain/delivery/message.ts';
import { checkLiteral, type Resolve, systemResolve, UnsafeAddress } from './address.ts';
import { webhookBody } from './body.ts';
import { BadRedirect, createPoster, type PostAnswer } from './post.ts';

/** A receiver should answer first and work after; one that takes longer is tried again. */
const TIMEOUT_MS = 10_000;
/** The specification asks for 24 to 64 bytes. */
const SECRET_BYTES = 32;
const MAX_URL_LENGTH = 2048;
/** Answers of the 4xx kind that mean "later". */
const LATER: ReadonlySet<number> = new Set([408, 425, 429]);

export interface WebhookOptions {
  /** Loopback and private networks may be reached. */
  readonly allowPrivate: boolean;
  readonly timeoutMs?: number;
  readonly resolve?: Resolve;
}

export function createWebhookChannel(options: WebhookOptions): ChannelAdapter {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const poster = createPoster(options.allowPrivate, options.resolve ?? systemResolve);
  return {
    kind: 'webhook',
    fields: [
      { name: 'url', label: 'Address', secret: false, required: true, example: 'https://example.com/hooks/tocsin' },
      {
        name: 'secret',
        label: 'Signing secret (made for you where it is left empty)',
        secret: true,
        required: false,
        example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      },
    ],
    timeoutMs,

    async check(settings) {
      const problems: Record<string, string> = {};
      const url = settings['url']?.trim() ?? '';
      const problem = urlProblem(url, options.allowPrivate);
      if (problem) problems['url'] = problem;
      const secret = settings['secret']?.trim() || `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
      if (!isSecret(secret)) problems['secret'] = 'must be whsec_ and then 24 to 64 bytes in base64';
      return Object.keys(problems).length > 0 ? { ok: false, problems } : { ok: true, settings: { url, secret } };
    },

    async send(settings, notification, signal) {
      const url = URL.parse(settings['url'] ?? '');
      const secret = settings['secret'] ?? '';
      if (!url || !isSecret(secret)) return { outcome: 'refused', code: null, detail: 'The settings are incomplete.' };
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        const body = JSON.stringify(webhookBody(notification));
        const now = new Date();
        const headers = {
          'content-type': 'application/json',
          'user-agent': 'Tocsin',
          'webhook-id': notification.idempotencyKey,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': new Webhook(secret).sign(notification.idempotencyKey, now, body),
        };
        return judge(await poster.post(url, headers, body, AbortSignal.any([signal, deadline])), secret, now);
      } catch (error) {
        if (error instanceof UnsafeAddress) return { outcome: 'refused', code: null, detail: error.message };
        if (error instanceof BadRedirect) return { outcome: 'refused', code: error.status, detail: error.message };
        const detail = deadline.aborted ? `No answer within ${timeoutMs} ms.` : detailOf(wordsOf(error), [secret]);
        return { outcome: 'failed', code: null, detail };
      }
    },

    close: () => poster.close(),
  };
}

function urlProblem(text: string, allowPrivate: boolean): string | null {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return 'must be an http or https address';
  if (text.length > MAX_URL_LENGTH) return `must be at most ${MAX_URL_LENGTH} characters long`;
  if (url.username || url.password) return 'must hold no user name or password; receivers check the signature';
  try {
    if (!allowPrivate) checkLiteral(url);
  } catch (error) {
    return (error as UnsafeAddress).message;
  }
  return null;
}

function isSecret(text: string): boolean {
  const match = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text);
  if (!match) return false;
  const bytes = Buffer.from(match[1] as string, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === match[1];
}

function judge(answer: PostAnswer, secret: string, now: Date): SendResult {
  const { status, text, retryAfter } = answer;
  const code = status;
  const detail = detailOf(`HTTP ${status}${text.trim() === '' ? '' : `: ${text}`}`, [secret]);
  if (status >= 200 && status < 300) return { outcome: 'accepted', code, detail };
  if (status < 500 && !LATER.has(status)) return { outcome: 'refused', code, detail };
  const waitMs = retryAfter === null ? null : parseRetryAfter(retryAfter, now.getTime());
  return { outcome: 'failed', code, detail, ...(waitMs === null ? {} : { retryAfterMs: waitMs }) };
}

/** Seconds, or an HTTP date; null where it is neither. */
export function parseRetryAfter(text: string, now: number): number | null {
  if (/^\s*\d{1,10}\s*$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** A connection that fails to several addresses says why for each only inside. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(wordsOf))].join('; ');
  if (!(error instanceof Error)) return String(error);
  return error.message || (error as NodeJS.ErrnoException).code || error.name;
}
