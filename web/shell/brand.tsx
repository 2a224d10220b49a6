/** Tocsin's mark: a price line that swings into the shape of a bell. */
function Mark({ size = 30 }: { readonly size?: number }) {
  return (
    <svg aria-hidden="true" focusable="false" width={size} height={size} viewBox="0 0 32 32" fill="none">
      <g stroke="currentColor" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
        <path d="M3 22.500h4.200c2.600 0 3.300-3 3.800-7C11.600 10.300 13.200 7 16 7s4.400 3.300 5 8.500c.5 4 1.200 7 3.800 7H29" />
        <path d="M16 3.500V7" />
      </g>
      <circle cx="16" cy="26.300" r="2.400" fill="currentColor" />
    </svg>
  );
}

export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2">
      <span className="text-brass-mark">
        <Mark />
      </span>
      <span className="font-display text-[1.45rem] leading-none font-[720] tracking-[-0.03em]">Tocsin</span>
    </span>
  );
}
