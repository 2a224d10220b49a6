/**
 * A modal dialog on the browser's own `<dialog>`: it traps focus, closes on Escape and gives the focus back.
 */
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { IconButton } from './button.tsx';

export function Dialog({
  title,
  onClose,
  children,
  wide,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly wide?: boolean;
}) {
  const box = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className={`animate-settle w-[calc(100vw-1.5rem)] rounded-lg border border-line bg-panel p-0 text-ink shadow-deep backdrop:bg-black/50 ${wide ? 'max-w-2xl' : 'max-w-md'}`}
    >
      <header className="flex items-center justify-between gap-4 border-b border-line py-3 pr-3 pl-5">
        <h2 id={titleId} className="text-lg">
          {title}
        </h2>
        <IconButton icon="close" name="Close" onClick={onClose} />
      </header>
      <div className="p-5">{children}</div>
    </dialog>
  );
}
