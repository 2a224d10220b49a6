/** Goes from light to dark and back; the first visit follows the system. */
import { IconButton } from '../ui/button.tsx';
import { setTheme, useIsDark } from './theme.ts';

export function ThemeToggle() {
  const isDark = useIsDark();
  return isDark ? (
    <IconButton icon="sun" name="Use light colours" onClick={() => setTheme('light')} />
  ) : (
    <IconButton icon="moon" name="Use dark colours" onClick={() => setTheme('dark')} />
  );
}
