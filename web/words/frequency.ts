/** How often an alert fires, in words. */
import type { AlertView } from '#api/contract/alert.ts';
import { durationWords } from './moments.ts';

export function frequencyWords({
  frequency,
  cooldown,
  remindEvery,
  bar,
}: Pick<AlertView, 'frequency' | 'cooldown' | 'remindEvery' | 'bar'>): string {
  if (frequency === 'once') return 'once';
  if (frequency === 'once-per-bar') return `once per bar of ${durationWords(bar ?? '5m')}`;
  const reminders = remindEvery === null ? '' : `, again every ${durationWords(remindEvery)} while it holds`;
  return `every time, at least ${durationWords(cooldown)} apart${reminders}`;
}
