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
      className="mb-5 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-brass-line bg-brass-wash px-4 py-1.5"
    >
      <Icon name="mute" className="text-brass-ink" />
      <p className="min-w-48 flex-1 text-brass-ink">This browser keeps Tocsin silent until you allow it to ring.</p>
      <div className="flex gap-2">
        <Button look="strong" size="sm" icon="sound" onClick={() => void enableBell()}>
          Enable sound
        </Button>
        <Button look="plain" size="sm" onClick={() => setLater(true)}>
          Not now
        </Button>
      </div>
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
