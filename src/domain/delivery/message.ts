/**
 * What a trigger says to a person: one line, a few plain lines, and the evidence as rows that each channel draws in
 * its own way. Plain text only: whoever puts it into HTML or Markdown escapes it there. Times are UTC.
 */
import type { Observation, OtherEvidence, Trigger } from '../alert/trigger.ts';
import { printDuration } from '../time/duration.ts';

/** A trigger as it is told; with the name of the watchlist where its alert is over one. */
export interface ToldTrigger extends Trigger {
  readonly watchlist?: string | null;
}

export interface EvidenceRow {
  readonly label: string;
  readonly value: string;
  /** Where the value comes from: source and time. Empty where there is nothing to say. */
  readonly note: string;
}

/** A user's own words are theirs to choose, but one line must stay one line in a mail's subject or a phone's banner. */
const MAX_TITLE_LENGTH = 120;

const PAST: readonly (readonly [RegExp, string])[] = [
  [/^price (?=(?:crosses|enters|leaves|moves|rises|falls)\b)/, ''],
  [/\bcrosses\b/g, 'crossed'],
  [/\benters\b/g, 'entered'],
  [/\bleaves\b/g, 'left'],
  [/\bmoves\b/g, 'moved'],
  [/\brises\b/g, 'rose'],
  [/\bfalls\b/g, 'fell'],
  [/ >= /g, ' is at or above '],
  [/ <= /g, ' is at or below '],
  [/ > /g, ' is above '],
  [/ < /g, ' is below '],
  [/ (?=inside |outside )/g, ' is '],
  [/\.\./g, ' to '],
];

/** 61600.5 -> 61,600.5; digits after the point are left as they are. */
export function groupDigits(text: string): string {
  return text.replace(/(?<![\d.])\d{4,}/g, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));
}

/** A number as people write it: no exponent, digits grouped. */
export function printValue(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return groupDigits(text);
  return groupDigits(value.toFixed(20).replace(/\.?0+$/, ''));
}

/** 2024-05-01 12:00:00.123 UTC */
export function printTime(at: number): string {
  return `${new Date(at).toISOString().replace('T', ' ').slice(0, -1)} UTC`;
}

/** "BTC-USDT crossed above 61,600"; "Reminder: …" where it goes on being true. */
export function titleOf(trigger: Trigger): string {
  let text: string = trigger.condition;
  for (const [pattern, words] of PAST) text = text.replace(pattern, words);
  const reminder = trigger.reminder ? 'Reminder: ' : '';
  return shorten(`${reminder}${trigger.symbol} ${groupDigits(text)}`, MAX_TITLE_LENGTH);
}

/**
 * At most `length` characters on one line, with an ellipsis where something was cut. Control characters and halves of
 * surrogate pairs, which a store or a terminal may choke on, are gone.
 */
export function shorten(text: string, length: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return (line.length <= length ? line : `${line.slice(0, length - 1).trimEnd()}…`).toWellFormed();
}

/** What is kept of a far end's words. */
const MAX_DETAIL_LENGTH = 500;

/** A far end's own words as they may be kept and shown: one line, without the secrets it may have echoed. */
export function detailOf(text: string, secrets: readonly string[] = []): string {
  const clean = secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '(hidden)')), text);
  return shorten(clean, MAX_DETAIL_LENGTH);
}

function seen(observation: Observation): string {
  const delay = observation.receivedAt - observation.at;
  const received = delay > 0 ? `, received ${roughly(delay)} later` : '';
  return `${observation.source}, ${printTime(observation.at)}${received}`;
}

/** 1,234 ms -> 1.2s; whole units from a minute on. */
function roughly(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`;
  return printDuration(Math.floor(ms / 60_000) * 60_000);
}

/** The rule, both values with their source and times, each part of the condition, and the gap. */
export function evidenceOf(trigger: ToldTrigger): readonly EvidenceRow[] {
  const { before, after, leaves, gap } = trigger;
  const rows: EvidenceRow[] = [{ label: 'Rule', value: trigger.condition, note: '' }];
  if (trigger.watchlist) rows.push({ label: 'Watchlist', value: trigger.watchlist, note: '' });
  rows.push(
    before
      ? { label: 'Before', value: printValue(before.price), note: seen(before) }
      : {
          label: 'Before',
          value: 'none',
          note: trigger.reminder
            ? 'it has been true since it fired last'
            : 'it held with the first price it was judged by',
        },
    { label: 'Now', value: printValue(after.price), note: seen(after) },
  );
  for (const other of othersOf(trigger)) {
    const { symbol, before: then, after: now } = other;
    if (now === null) rows.push({ label: symbol, value: 'none', note: 'no price of it was seen yet' });
    else {
      const isNew = then !== null && then.at !== now.at;
      const from = isNew ? `${printValue(then.price)} before; ` : '';
      rows.push({ label: symbol, value: printValue(now.price), note: `${from}${seen(now)}` });
    }
  }
  // A rule of one leaf on the price says nothing that the two values above do not.
  for (const leaf of leaves) {
    if (leaves.length === 1 && leaf.before === (before?.price ?? null) && leaf.after === after.price) continue;
    const value = (number: number | null): string => (number === null ? 'unknown' : printValue(number));
    const steps = (leaf.sides ?? [leaf]).map((side) => {
      const name = 'text' in side && side !== leaf ? `${side.text} ` : '';
      return `${name}${value(side.before)} before, ${value(side.after)} now`;
    });
    rows.push({ label: leaf.holds ? 'Holds' : 'Does not hold', value: leaf.text, note: steps.join('; ') });
  }
  if (gap) {
    rows.push({
      label: 'Gap',
      value: `nothing was seen for ${roughly(gap.to - gap.from)}`,
      note: `${printTime(gap.from)} to ${printTime(gap.to)}`,
    });
  }
  rows.push({ label: 'Fired', value: printTime(trigger.firedAt), note: '' });
  return rows;
}

/** Each other instrument once. */
function othersOf({ leaves }: Trigger): readonly OtherEvidence[] {
  const others = new Map(leaves.flatMap((leaf) => leaf.others ?? []).map((other) => [other.symbol, other]));
  return [...others.values()];
}

/** The lines under the title: the user's own words, what went wrong elsewhere, the evidence. */
export function bodyOf(
  trigger: ToldTrigger,
  words: { readonly message: string | null; readonly failure?: string },
): string {
  const evidence = evidenceOf(trigger).map(({ label, value, note }) => `${label}: ${value}${note ? ` (${note})` : ''}`);
  return [words.message ?? '', words.failure ?? '', evidence.join('\n')].filter((part) => part !== '').join('\n\n');
}
