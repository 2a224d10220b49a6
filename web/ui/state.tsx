/** What a view shows when it has nothing, waits, or failed: always with what to do next. */
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

export function Empty({
  icon,
  title,
  children,
  action,
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div className="hatch rounded-lg border border-dashed border-line px-5 py-12 text-center">
      <div className="mx-auto max-w-md rounded-lg bg-ground p-4">
        <Icon name={icon} size={30} className="mx-auto mb-3 text-brass-ink" />
        <h2 className="text-lg">{title}</h2>
        {children && <div className="mt-1 text-ink-2">{children}</div>}
        {action && <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>}
      </div>
    </div>
  );
}

export function Loading({ what, rows = 5 }: { readonly what: string; readonly rows?: number }) {
  return (
    <div role="status" className="space-y-2 py-1">
      <span className="sr-only">Loading {what}…</span>
      {Array.from({ length: rows }, (_, row) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of a placeholder have no identity
          key={row}
          aria-hidden="true"
          className="animate-pulse-soft h-11 rounded-md bg-sunken"
        />
      ))}
    </div>
  );
}

/** A request failed: what the server said, and a way to try again. */
export function Failed({
  what,
  error,
  retry,
}: {
  readonly what: string;
  readonly error: unknown;
  readonly retry?: () => void;
}) {
  return (
    <Notice tone="bad" title={`${what} could not be loaded`}>
      <p>{error instanceof Error ? error.message : 'Something went wrong.'}</p>
      {retry && (
        <Button size="sm" icon="retry" className="mt-2" onClick={retry}>
          Try again
        </Button>
      )}
    </Notice>
  );
}

const TONES = {
  info: { box: 'border-line bg-panel', icon: 'info', ink: 'text-ink-2' },
  warn: { box: 'border-brass-line bg-brass-wash', icon: 'warn', ink: 'text-brass-ink' },
  bad: { box: 'border-down bg-down-wash', icon: 'warn', ink: 'text-down' },
  good: { box: 'border-up bg-up-wash', icon: 'check', ink: 'text-up' },
} as const;

export function Notice({
  tone,
  title,
  children,
  live,
}: {
  readonly tone: keyof typeof TONES;
  readonly title?: ReactNode;
  readonly children?: ReactNode;
  /** Told to assistive technology when it appears. */
  readonly live?: boolean;
}) {
  const look = TONES[tone];
  return (
    <div
      role={live || tone === 'bad' ? 'status' : undefined}
      className={`flex gap-3 rounded-md border px-3.5 py-2.5 ${look.box}`}
    >
      <Icon name={look.icon as IconName} className={`mt-0.5 ${look.ink}`} />
      <div className="min-w-0 flex-1">
        {title && <p className={`font-[600] ${look.ink}`}>{title}</p>}
        {children && <div className="text-sm break-words text-ink-2">{children}</div>}
      </div>
    </div>
  );
}
