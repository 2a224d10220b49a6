/** Browsers keep a page silent until a click. While that is so and there is an alert to ring for, this asks for the click. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { queries } from '../api/queries.ts';
import { enableBell, silenceBell, useBell } from '../sound/bell.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';

export function SoundStep() {
  const bell = useBell();
  const [later, setLater] = useState(false);
  const { data: alerts } = useQuery(queries.alerts());
  if (bell !== 'blocked' || later || !alerts || alerts.length === 0) return null;
  return (
    <section
      aria-label="Sound"
      className="mb-5 flex items-center gap-3 rounded-lg border border-brass-line bg-brass-wash py-1.5 pr-1.5 pl-3.5 text-sm sm:text-base"
    >
      <Icon name="mute" className="text-brass-ink" />
      <p className="min-w-0 flex-1 text-brass-ink">
        The bell is silent<span className="max-sm:hidden"> until this browser is allowed to ring it</span>.
      </p>
      <Button look="strong" size="sm" icon="sound" onClick={() => void enableBell()}>
        Enable sound
      </Button>
      <IconButton icon="close" name="Not now" className="text-brass-ink!" onClick={() => setLater(true)} />
    </section>
  );
}

export function SoundToggle() {
  const bell = useBell();
  return bell === 'on' ? (
    <IconButton icon="sound" name="Sound is on: switch it off" onClick={silenceBell} />
  ) : (
    <IconButton icon="mute" name="Sound is off: switch it on" onClick={() => void enableBell()} />
  );
}
