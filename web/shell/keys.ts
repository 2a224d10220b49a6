/** Keys that work everywhere: `/` searches the markets, `n` starts a new alert. Never while someone is typing. */
import { useEffect } from 'react';
import { navigate } from '../router/location.ts';

export const SEARCH_ID = 'market-search';

export function useKeys(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
      if (target.closest('input, textarea, select, [contenteditable], dialog')) return;
      if (event.key === '/') {
        event.preventDefault();
        const field = document.getElementById(SEARCH_ID);
        if (field) field.focus();
        else navigate('/?search');
      } else if (event.key === 'n') {
        event.preventDefault();
        const symbol = /^\/markets\/([^/]+)$/.exec(location.pathname)?.[1];
        navigate(symbol ? `/alerts/new?symbol=${symbol}` : '/alerts/new');
      }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
