/** One view: its title in the tab and on top, what can be done beside it, and the focus after a change of view. */
import { type ReactNode, useEffect, useRef } from 'react';
import { useFirings } from '../live/firings.ts';

/** The first view must not take the focus from the browser; every later one is told by moving it to the title. */
let isFirst = true;

export function Page({
  title,
  tabTitle,
  lead,
  actions,
  children,
}: {
  readonly title: ReactNode;
  readonly tabTitle: string;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const firings = useFirings().length;
  useEffect(() => {
    document.title = `${firings > 0 ? `(${firings}) ` : ''}${tabTitle} · Tocsin`;
  }, [tabTitle, firings]);
  useEffect(() => {
    if (!isFirst && !document.activeElement?.closest('main')) heading.current?.focus({ preventScroll: true });
    if (!isFirst) scrollTo(0, 0);
    isFirst = false;
  }, []);
  return (
    <>
      <header className="mb-4 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 ref={heading} tabIndex={-1} className="text-2xl font-[660]">
            {title}
          </h1>
          {lead && <div className="mt-0.5 max-w-[68ch] text-ink-2">{lead}</div>}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      {children}
    </>
  );
}
