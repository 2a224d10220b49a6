/** The page's drawings: one stroke, 20 by 20, in the colour of the text around them. Decoration only: names are in words. */
const PATHS = {
  bell: 'M3 14.5h1.6c2 0 2.3-2 2.6-4.6C7.600 6.600 8.300 4.500 10 4.500s2.400 2.100 2.800 5.400c.3 2.600.6 4.600 2.600 4.600H17M10 4.500V2.800M8.700 17.200h2.600',
  markets: 'M2.500 13.500 7 8.500l3.500 3.200 6-7M12.800 4.700h3.900v3.900M2.500 17h15',
  triggers:
    'M10 2.500v3M4.300 5l1.900 2.300M15.700 5l-1.900 2.300M6 16.500h8M7 16.500c0-4-.2-6.500 3-6.500s3 2.500 3 6.500',
  channels: 'M3 4.500h14v9H9l-4 3.500v-3.500H3zM6.500 8h7M6.500 10.500h4',
  account:
    'M10 10a3.200 3.200 0 1 0 0-6.400A3.200 3.200 0 0 0 10 10zM3.800 17c.6-3.300 3-5 6.200-5s5.600 1.700 6.200 5',
  status: 'M2.500 10.500h3.200L7.500 5l4 11 2.300-7.500 1 2h2.700',
  list: 'M3.500 5.500h.6M7.500 5.500h9M3.500 10h.6M7.500 10h9M3.500 14.500h.6M7.500 14.500h9',
  search: 'M9 14.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM13 13l4 4',
  plus: 'M10 4v12M4 10h12',
  close: 'M5 5l10 10M15 5 5 15',
  up: 'M10 16V4.500M5.500 9 10 4.500 14.500 9',
  down: 'M10 4v11.500M5.500 11l4.500 4.500L14.500 11',
  flat: 'M4 10h12',
  pause: 'M7 4.500v11M13 4.500v11',
  play: 'M6.500 4.200v11.600L15.500 10z',
  edit: 'M4 16l.8-3.200L13.300 4.300a1.600 1.600 0 0 1 2.300 2.300L7.200 15.200zM12 5.600l2.400 2.400',
  trash: 'M4 5.500h12M8 5.500V3.500h4v2M5.500 5.500l.8 11h7.400l.8-11M8.500 8.500v5M11.500 8.500v5',
  warn: 'M10 3 2.300 16.500h15.400zM10 8v4M10 14.200v.3',
  info: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 9.200V13M10 6.700V7',
  check: 'M4 10.500 8 14.500 16 5.500',
  sound: 'M3 8v4h3l4 3.500v-11L6 8zM13 7.500c1.300 1.400 1.300 3.600 0 5M15.300 5.300c2.400 2.600 2.400 6.800 0 9.400',
  mute: 'M3 8v4h3l4 3.500v-11L6 8zM13 8l4 4M17 8l-4 4',
  sun: 'M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM10 2.500v1.800M10 15.700v1.800M2.500 10h1.800M15.700 10h1.800M4.700 4.700 6 6M14 14l1.300 1.300M4.700 15.300 6 14M14 6l1.300-1.300',
  moon: 'M16 12.300A6.500 6.500 0 0 1 7.700 4 6.500 6.500 0 1 0 16 12.300z',
  retry: 'M15.800 8A6 6 0 1 0 16 11.500M16 4v4h-4',
  key: 'M7.500 15a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM10 9l6.500-6M13.500 6l2 2',
  arrow: 'M4 10h12M11.500 5.500 16 10l-4.500 4.500',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18, className }: { name: IconName; size?: number; className?: string }) {
  return (
    <svg
      aria-hidden="true"
      focusable="false"
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      className={`shrink-0 ${className ?? ''}`}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
