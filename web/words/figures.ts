/** Numbers as people read them. One place, so that a price looks the same wherever it stands. */

const cache = new Map<string, Intl.NumberFormat>();
function format(min: number, max: number, more: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const key = `${min} ${max} ${JSON.stringify(more)}`;
  let made = cache.get(key);
  if (!made) {
    made = new Intl.NumberFormat('en-US', { minimumFractionDigits: min, maximumFractionDigits: max, ...more });
    cache.set(key, made);
  }
  return made;
}

/** Digits that a price needs: the instrument's own, and enough to show four that mean something. */
function digits(value: number, decimals: number): number {
  const size = Math.abs(value);
  return size > 0 && size < 1 ? Math.min(12, Math.max(decimals, 3 - Math.floor(Math.log10(size)))) : decimals;
}

export function price(value: number, decimals = 2): string {
  return format(decimals, digits(value, decimals)).format(value).replace('-', '−');
}

/** Every digit that was sent: for evidence. */
export function exact(value: number, decimals = 2): string {
  return format(decimals, 15).format(value).replace('-', '−');
}

/** `+1.20 %` with a true minus and its sign always shown. */
export function signedPercent(value: number): string {
  return `${value >= 0.005 ? '+' : value <= -0.005 ? '−' : '±'}${format(2, 2).format(Math.abs(value))} %`;
}

export function percent(value: number): string {
  const size = Math.abs(value);
  return `${format(size < 10 ? 2 : 1, size < 10 ? 2 : 1).format(size)} %`;
}

/** `About a 34 % chance`, without a false exactness at the ends. */
export function chance(value: number): string {
  if (value < 0.01) return 'Less than a 1 % chance';
  return value > 0.99 ? 'More than a 99 % chance' : `About a ${Math.round(100 * value)} % chance`;
}

export function volume(value: number): string {
  return format(0, 2, { notation: 'compact' }).format(value);
}

export function count(value: number, one: string, many = `${one}s`): string {
  return `${format(0, 0).format(value)} ${value === 1 ? one : many}`;
}
