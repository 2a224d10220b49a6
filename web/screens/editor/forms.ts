/**
 * The quick forms of a condition: what the chips offer. Each makes the text of a condition from a few numbers; the text is
 * what counts and can be edited freely afterwards.
 */
export interface QuickForm {
  readonly id: string;
  readonly name: string;
  readonly fields: readonly ('level' | 'low' | 'high' | 'percent' | 'window')[];
  readonly text: (values: FormValues) => string;
}

export interface FormValues {
  readonly level: string;
  readonly low: string;
  readonly high: string;
  readonly percent: string;
  readonly window: string;
}

export const QUICK_FORMS: readonly QuickForm[] = [
  { id: 'above', name: 'Crosses above', fields: ['level'], text: ({ level }) => `price crosses above ${level}` },
  { id: 'below', name: 'Crosses below', fields: ['level'], text: ({ level }) => `price crosses below ${level}` },
  { id: 'either', name: 'Crosses either way', fields: ['level'], text: ({ level }) => `price crosses ${level}` },
  {
    id: 'enters',
    name: 'Enters a range',
    fields: ['low', 'high'],
    text: ({ low, high }) => `price enters ${low}..${high}`,
  },
  {
    id: 'leaves',
    name: 'Leaves a range',
    fields: ['low', 'high'],
    text: ({ low, high }) => `price leaves ${low}..${high}`,
  },
  {
    id: 'moves',
    name: 'Moves quickly',
    fields: ['percent', 'window'],
    text: ({ percent, window }) => `price moves ${percent}% in ${window}`,
  },
  {
    id: 'rises',
    name: 'Rises',
    fields: ['percent', 'window'],
    text: ({ percent, window }) => `price rises ${percent}% in ${window}`,
  },
  {
    id: 'falls',
    name: 'Falls',
    fields: ['percent', 'window'],
    text: ({ percent, window }) => `price falls ${percent}% in ${window}`,
  },
  {
    id: 'day',
    name: 'Down on the day',
    fields: ['percent'],
    text: ({ percent }) => `change(24h) <= -${percent}%`,
  },
  { id: 'over', name: 'Is above', fields: ['level'], text: ({ level }) => `price > ${level}` },
  { id: 'under', name: 'Is below', fields: ['level'], text: ({ level }) => `price < ${level}` },
];

/** A number for the text of a condition: rounded to what the instrument shows, without grouping. */
export function levelText(value: number, decimals: number): string {
  const digits = Math.abs(value) < 1 ? Math.max(decimals, 3 - Math.floor(Math.log10(Math.abs(value) || 1))) : decimals;
  return value
    .toFixed(Math.min(12, digits))
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

/** How far from the price a fresh form puts its level: near enough to matter, far enough not to fire at once. */
const STEP_PERCENT = 2;

export function freshValues(price: number | undefined, decimals: number, formId: string): FormValues {
  const at = (percent: number): string => (price === undefined ? '' : levelText(price * (1 + percent / 100), decimals));
  return {
    level: at(formId === 'below' || formId === 'under' ? -STEP_PERCENT : STEP_PERCENT),
    low: at(-STEP_PERCENT),
    high: at(STEP_PERCENT),
    percent: '3',
    window: '15m',
  };
}
