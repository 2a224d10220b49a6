/**
 * Triggers that came in while the page was open and have not been dismissed: what the banner shows. Each trigger is shown
 * once, however often the stream tells it.
 */
import { useSyncExternalStore } from 'react';
import type { TriggerView } from '#api/contract/trigger.ts';

/** How many trigger ids are remembered to tell a repeat: far more than a resumed stream brings again. */
const REMEMBERED = 5000;

const known = new Set<string>();
let firings: readonly TriggerView[] = [];
const watchers = new Set<() => void>();

function become(next: readonly TriggerView[]): void {
  firings = next;
  for (const watcher of watchers) watcher();
}

/** True where it is new. */
export function addFiring(trigger: TriggerView): boolean {
  if (known.has(trigger.id)) return false;
  known.add(trigger.id);
  if (known.size > REMEMBERED) known.delete(known.values().next().value as string);
  become([trigger, ...firings]);
  return true;
}

export function dismissFirings(ids?: readonly string[]): void {
  become(ids ? firings.filter((trigger) => !ids.includes(trigger.id)) : []);
}

export function useFirings(): readonly TriggerView[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => firings,
  );
}
