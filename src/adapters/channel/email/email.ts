/**
 * Notifications as e-mail through the operator's mail server, text and HTML. Accepted only when the server has said
 * 250 after the whole mail; a 5xx is a permanent no; everything else (4xx, time-outs, cut connections) is tried again.
 * The Message-ID is made of the idempotency key, so a mail sent twice is one mail to those who look.
 *
 * It is sent in the clear only to a server that offers no encryption, and then never with a password, save on loopback.
 */
import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import type { ChannelAdapter, Notification, SendResult } from '#contracts/channel.ts';
import { detailOf, shorten } from '#domain/delivery/message.ts';
import { mailHtml } from './mail-html.ts';

/** A mail server that checks for spam while we wait may take a while; the far end is asked again if it takes longer. */
const TIMEOUT_MS = 15_000;
/** RFC 5321. */
const MAX_ADDRESS_LENGTH = 254;
const MAX_SUBJECT_LENGTH = 160;
const ADDRESS = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/;

export interface EmailOptions {
  /** `smtp://user:password@host:587` or `smtps://…`; nodemailer's options may follow as a query. */
  readonly url: string;
  /** `Tocsin <alerts@example.com>` */
  readonly from: string;
  readonly timeoutMs?: number;
}

export function createEmailChannel({ url, from, timeoutMs = TIMEOUT_MS }: EmailOptions): ChannelAdapter {
  const server = URL.parse(url);
  if (!server || !/^smtps?:$/.test(server.protocol) || server.hostname === '')
    throw new Error('SMTP_URL must be an smtp or smtps URL');
  const isLoopback = /^(localhost|127\.|\[::1\])/.test(server.hostname);
  // The URL's own options come after these and win.
  const transport = createTransport({
    url,
    requireTLS: server.protocol === 'smtp:' && server.username !== '' && !isLoopback,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const secrets = [server.password, decodePassword(server.password)];
  const domain = /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return {
    kind: 'email',
    fields: [{ name: 'to', label: 'E-mail address', secret: false, required: true, example: 'you@example.com' }],
    timeoutMs,

    async check(settings) {
      const to = settings['to']?.trim() ?? '';
      if (to.length <= MAX_ADDRESS_LENGTH && ADDRESS.test(to)) return { ok: true, settings: { to } };
      return { ok: false, problems: { to: 'must be one e-mail address, such as you@example.com' } };
    },

    async send(settings, notification, signal) {
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        const info = await transport.sendMail({
          ...mailOf(notification),
          from,
          // As an object, so that nothing in the address can be read as a second one.
          to: { name: '', address: settings['to'] ?? '' },
          messageId: `<${messageKey(notification.idempotencyKey)}@${domain}>`,
          date: new Date(notification.sentAt),
          signal: AbortSignal.any([signal, deadline]),
        });
        return { outcome: 'accepted', code: codeOf(info.response), detail: detailOf(info.response, secrets) };
      } catch (error) {
        if (deadline.aborted) return { outcome: 'failed', code: null, detail: `No answer within ${timeoutMs} ms.` };
        return judge(error as SmtpError, secrets);
      }
    },

    async close() {
      transport.close();
    },
  };
}

/** As nodemailer reports what went wrong; `response` are the server's own words. */
interface SmtpError extends Error {
  readonly responseCode?: number;
  readonly response?: string;
}

function judge(error: SmtpError, secrets: readonly string[]): SendResult {
  const code = error.responseCode ?? null;
  const detail = detailOf(error.response || error.message || error.name, secrets);
  return { outcome: code !== null && code >= 500 ? 'refused' : 'failed', code, detail };
}

function decodePassword(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('SMTP_URL: write special characters of the password as in a URL, % as %25');
  }
}

function codeOf(response: string): number | null {
  const code = Number(response.slice(0, 3));
  return Number.isInteger(code) && code > 0 ? code : null;
}

/** A part of a Message-ID that is valid whatever the key holds. */
export function messageKey(idempotencyKey: string): string {
  return `tocsin.${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 40)}`;
}

function mailOf(notification: Notification) {
  const { title, body, url, alert, idempotencyKey } = notification;
  const isCritical = alert?.severity === 'critical';
  const prefix = notification.kind === 'channel-failed' ? 'Channel failed: ' : isCritical ? 'Critical: ' : '';
  return {
    subject: shorten(prefix + title, MAX_SUBJECT_LENGTH),
    text: `${title}\n\n${body}\n\n${url}\n`,
    html: mailHtml(notification),
    headers: {
      // No holiday reply, no mailing-list loop.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'X-Tocsin-Delivery': shorten(idempotencyKey, 200),
    },
    ...(isCritical ? { priority: 'high' as const } : {}),
  };
}
