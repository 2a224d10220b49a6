/**
 * What Binance means when it refuses: wait until a moment, or never come here. Pure.
 */
export type Refusal =
  | { readonly kind: 'wait'; readonly until: number; readonly detail: string }
  | { readonly kind: 'never'; readonly detail: string };

/** Where it refuses for its rates but does not say for how long. */
const UNSAID_WAIT_MS = 120_000;
/** 403 is its firewall, which counts over five minutes. */
const FIREWALL_WAIT_MS = 300_000;
/** The longest ban it documents is three days; a moment beyond that is a misreading. */
const LONGEST_WAIT_MS = 3 * 86_400_000;

/** The refusal in an answer, or null where its status is none. The end of a ban stands in the text, as epoch ms. */
export function readRefusal(status: number, retryAfter: string | undefined, body: string, now: number): Refusal | null {
  if (status === 451)
    return {
      kind: 'never',
      detail:
        'Binance does not serve the region this machine is in (HTTP 451). Start with another source, or run the ' +
        'program where Binance may be reached.',
    };
  if (status !== 418 && status !== 429 && status !== 403) return null;
  const seconds = retryAfter !== undefined && /^\d{1,7}$/.test(retryAfter) ? Number(retryAfter) : 0;
  const banned = /banned until (\d{13})\b/.exec(body);
  const fallback = status === 403 ? FIREWALL_WAIT_MS : UNSAID_WAIT_MS;
  const asked = Math.max(seconds * 1000, banned === null ? 0 : Number(banned[1]) - now);
  const waitMs = Math.min(asked > 0 ? asked : fallback, LONGEST_WAIT_MS);
  const until = now + waitMs;
  return {
    kind: 'wait',
    until,
    detail: `Binance asks to wait until ${new Date(until).toISOString()} (HTTP ${status})`,
  };
}
