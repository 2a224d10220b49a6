/** Light, dark, or as the system says. Kept in this browser; set on `<html>` so that every colour follows. */
import { useSyncExternalStore } from 'react';

type Theme = 'system' | 'light' | 'dark';

const STORED = 'tocsin.theme';
const watchers = new Set<() => void>();
const dark = matchMedia('(prefers-color-scheme: dark)');

function read(): Theme {
  const stored = localStorage.getItem(STORED);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}
let theme = read();

function apply(): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  for (const watcher of watchers) watcher();
}
apply();
dark.addEventListener('change', apply);

export function setTheme(next: Theme): void {
  theme = next;
  if (next === 'system') localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, next);
  apply();
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Whether dark is what is shown, for what is drawn on a canvas. */
export const useIsDark = (): boolean =>
  useSyncExternalStore(subscribe, () => (theme === 'system' ? dark.matches : theme === 'dark'));
