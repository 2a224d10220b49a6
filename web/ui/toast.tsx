/**
 * Short messages at the foot of the page, with an undo where there is one. They are read out, wait while the pointer
 * or the focus is on them, and never carry anything that cannot be found elsewhere.
 */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { Button, IconButton } from './button.tsx';

/** Time enough to read a line and reach the button. */
const SHOWN_MS = 8000;

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly bad?: boolean;
  readonly action?: { readonly name: string; readonly run: () => void };
}
type Say = (text: string, more?: Omit<Toast, 'id' | 'text'>) => void;

const Toasts = createContext<Say>(() => undefined);
export const useToast = (): Say => useContext(Toasts);

let lastId = 0;

export function ToastRoom({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const drop = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const say = useMemo<Say>(
    () => (text, more) => {
      lastId += 1;
      const toast: Toast = { id: lastId, text, ...more };
      setToasts((all) => [...all.slice(-2), toast]);
    },
    [],
  );
  return (
    <Toasts value={say}>
      {children}
      <div
        role="status"
        aria-live="polite"
        className="pointer-events-none fixed inset-x-3 bottom-20 z-40 flex flex-col items-center gap-2 lg:bottom-6"
      >
        {toasts.map((toast) => (
          <ToastCard key={toast.id} toast={toast} onDone={drop} />
        ))}
      </div>
    </Toasts>
  );
}

function ToastCard({ toast, onDone }: { readonly toast: Toast; readonly onDone: (id: number) => void }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => onDone(toast.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [held, toast.id, onDone]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hovering only keeps the message from leaving
    <div
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className={`animate-settle pointer-events-auto flex max-w-full items-center gap-3 rounded-lg border bg-raised py-1.5 pr-1.5 pl-4 shadow-deep ${toast.bad ? 'border-down' : 'border-line-strong'}`}
    >
      <span className="min-w-0 text-base break-words">{toast.text}</span>
      {toast.action && (
        <Button
          size="sm"
          onClick={() => {
            toast.action?.run();
            onDone(toast.id);
          }}
        >
          {toast.action.name}
        </Button>
      )}
      <IconButton icon="close" name="Dismiss" onClick={() => onDone(toast.id)} />
    </div>
  );
}
