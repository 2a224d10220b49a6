/**
 * Chips for the usual conditions and the few numbers each needs. Writes the text of the condition; where that is another
 * one by now, no chip is chosen.
 */
import { useEffect, useState } from 'react';
import { priceOf, usePrice } from '../../live/prices.ts';
import { type FormValues, freshValues, levelText, QUICK_FORMS, type QuickForm } from './forms.ts';

const LABELS = { level: 'Level', low: 'From', high: 'To', percent: 'By (%)', window: 'Within' } as const;
const NUDGES = [-10, -5, -2, -1, 1, 2, 5, 10] as const;
const WINDOWS = ['1m', '5m', '15m', '1h', '4h', '1d'] as const;

export function QuickBuilder({
  symbol,
  decimals,
  text,
  onText,
}: {
  readonly symbol: string;
  readonly decimals: number;
  /** What is written. Where that is nothing, the first price makes a start, so that there is something to change. */
  readonly text: string;
  readonly onText: (text: string) => void;
}) {
  const [chosen, setForm] = useState<QuickForm | undefined>();
  const [values, setValues] = useState<FormValues>(() => freshValues(priceOf(symbol)?.price, decimals, ''));
  const hasPrice = usePrice(symbol) !== undefined;
  const form = chosen?.text(values) === text ? chosen : undefined;
  const choose = (next: QuickForm): void => {
    const fresh = freshValues(priceOf(symbol)?.price, decimals, next.id);
    setForm(next);
    setValues(fresh);
    onText(next.text(fresh));
  };
  const begin = text === '' && hasPrice && chosen === undefined;
  useEffect(() => {
    if (begin) choose(QUICK_FORMS[0] as QuickForm);
  });
  const put = (change: Partial<FormValues>): void => {
    const next = { ...values, ...change };
    setValues(next);
    if (form) onText(form.text(next));
  };
  const nudge = (percent: number): void => {
    const price = priceOf(symbol)?.price;
    if (price !== undefined) put({ level: levelText(price * (1 + percent / 100), decimals) });
  };
  return (
    <div>
      <fieldset className="flex flex-wrap gap-1.5">
        <legend className="mb-1.5 text-sm font-[580]">Tell me when the price…</legend>
        {QUICK_FORMS.map((option) => (
          <button
            key={option.id}
            type="button"
            aria-pressed={option === form}
            onClick={() => choose(option)}
            className="min-h-9 rounded-full border border-line-strong bg-raised px-3.5 text-sm transition-colors hover:border-brass-mark aria-pressed:border-brass-mark aria-pressed:bg-brass-wash aria-pressed:font-[600] aria-pressed:text-brass-ink"
          >
            {option.name}
          </button>
        ))}
      </fieldset>
      {form && (
        <div className="mt-3 flex flex-wrap items-end gap-3">
          {form.fields.map((field) =>
            field === 'window' ? (
              <label key={field} className="text-sm">
                <span className="mb-1 block font-[580]">{LABELS[field]}</span>
                <select
                  value={values.window}
                  onChange={(event) => put({ window: event.target.value })}
                  className="min-h-10 rounded-md border border-line-strong bg-raised px-3 text-base"
                >
                  {WINDOWS.map((window) => (
                    <option key={window}>{window}</option>
                  ))}
                </select>
              </label>
            ) : (
              <label key={field} className="text-sm">
                <span className="mb-1 block font-[580]">{LABELS[field]}</span>
                <input
                  inputMode="decimal"
                  autoComplete="off"
                  value={values[field]}
                  onChange={(event) => put({ [field]: event.target.value.replace(',', '.') })}
                  className="min-h-10 w-36 rounded-md border border-line-strong bg-raised px-3 text-base"
                />
              </label>
            ),
          )}
          {form.fields.includes('level') && (
            <fieldset className="flex flex-wrap gap-1">
              <legend className="sr-only">Level, from the price now</legend>
              {NUDGES.map((percent) => (
                <button
                  key={percent}
                  type="button"
                  aria-label={`${Math.abs(percent)} % ${percent > 0 ? 'above' : 'below'} the price now`}
                  onClick={() => nudge(percent)}
                  className="min-h-10 rounded-md border border-line px-2 text-sm text-ink-2 hover:border-line-strong hover:text-ink"
                >
                  {percent > 0 ? '+' : '−'}
                  {Math.abs(percent)} %
                </button>
              ))}
            </fieldset>
          )}
        </div>
      )}
    </div>
  );
}
