/**
 * What an alert is in the middle of: its condition has come true and has to stay so, or the first of two things has
 * happened. In numbers, and in a sentence.
 */
export type Wait =
  /** It holds, and fires at `until` if that stays so. */
  | { readonly kind: 'time'; readonly since: number; readonly until: number }
  /** It has held at `seen` ticks of the `of` in a row that it takes. */
  | { readonly kind: 'ticks'; readonly since: number; readonly seen: number; readonly of: number }
  /** It holds now, and the close of the bar decides: the one of the last tick, or the next. */
  | { readonly kind: 'close'; readonly until: number }
  /** `first` was last true at `since`, and `second` has to follow until then. */
  | {
      readonly kind: 'then';
      readonly since: number;
      readonly until: number;
      readonly first: string;
      readonly second: string;
    };

/** `clock` writes a moment as its reader has it. */
export function waitInWords(wait: Wait, now: number, clock: (at: number) => string): string {
  if (wait.kind === 'then') {
    const { first, second, since, until } = wait;
    return `"${first}" was true at ${clock(since)}; it waits for "${second}" until ${clock(until)}.`;
  }
  if (wait.kind === 'close') {
    const isAhead = wait.until > now;
    return `It holds on the last price; ${isAhead ? `the close at ${clock(wait.until)}` : 'the next close'} decides.`;
  }
  if (wait.kind === 'ticks')
    return `It holds since ${clock(wait.since)}, at ${wait.seen} of ${wait.of} prices in a row.`;
  if (wait.until <= now) return `It holds since ${clock(wait.since)}; the next price decides.`;
  return `It holds since ${clock(wait.since)} and fires at ${clock(wait.until)} if it stays so.`;
}
