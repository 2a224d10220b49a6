/**
 * Where the page is: the browser's address, as React state. Views are plain paths, so every one can be linked, reloaded
 * and gone back to. Never holds anything that the address does not say.
 */
import { useSyncExternalStore } from 'react';

interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const listeners = new Set<() => void>();
const read = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });
let place = read();

function changed(): void {
  place = read();
  for (const listener of listeners) listener();
}
addEventListener('popstate', changed);

export function navigate(to: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
  changed();
}

export function usePlace(): Place {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => place,
  );
}
