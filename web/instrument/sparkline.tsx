/** The course of a price, small: a line with its last point. Decoration beside the numbers that say the same. */
export function Sparkline({
  values,
  up,
  width = 120,
  height = 32,
}: {
  readonly values: readonly number[];
  readonly up: boolean;
  readonly width?: number;
  readonly height?: number;
}) {
  const low = Math.min(...values);
  const size = Math.max(...values) - low || 1;
  const pad = 3;
  const x = (index: number): number => pad + (index / (values.length - 1)) * (width - 2 * pad);
  const y = (value: number): number => pad + (1 - (value - low) / size) * (height - 2 * pad);
  const line = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const first = y(values[0] as number).toFixed(1);
  return (
    <svg
      aria-hidden="true"
      focusable="false"
      viewBox={`0 0 ${width} ${height}`}
      className={`block h-8 w-full ${up ? 'text-up' : 'text-down'}`}
      preserveAspectRatio="none"
    >
      <line x1={pad} x2={width - pad} y1={first} y2={first} stroke="var(--line)" vectorEffect="non-scaling-stroke" />
      <polyline
        points={line}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}

/** Where the price stands between the low and the high of the range. */
export function RangeBar({
  low,
  high,
  value,
  lowText,
  highText,
}: {
  readonly low: number;
  readonly high: number;
  readonly value: number;
  readonly lowText: string;
  readonly highText: string;
}) {
  const part = high > low ? ((value - low) / (high - low)) * 100 : 50;
  return (
    <div className="text-2xs text-ink-3">
      <div className="relative my-1 h-1 rounded-full bg-line">
        <span
          className="absolute -top-0.5 h-2 w-1 -translate-x-1/2 rounded-sm bg-ink-2"
          style={{ left: `${Math.min(100, Math.max(0, part)).toFixed(1)}%` }}
        />
      </div>
      <div className="flex justify-between gap-2">
        <span>
          <span className="sr-only">low </span>
          {lowText}
        </span>
        <span>
          <span className="sr-only">high </span>
          {highText}
        </span>
      </div>
    </div>
  );
}
