/** Chooses an instrument by typing a part of its symbol or name: a combobox with a list, worked by keys or pointer. */
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useDeferredValue, useId, useState } from 'react';
import type { InstrumentView } from '#api/contract/instrument.ts';
import { queries } from '../../api/queries.ts';
import { PriceText } from '../../instrument/price-text.tsx';
import { Field } from '../../ui/field.tsx';

/** What fits under the field; typing on narrows it. */
const SHOWN = 8;

export function InstrumentPicker({
  label = 'Instrument',
  symbol,
  clears = false,
  onSymbol,
  problem,
}: {
  readonly label?: string;
  readonly symbol: string;
  /** The field is empty again after each choice: for choosing one after another. */
  readonly clears?: boolean;
  readonly onSymbol: (symbol: string) => void;
  readonly problem: string | undefined;
}) {
  const [text, setText] = useState(symbol);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const listId = useId();
  const { data } = useQuery(queries.instruments(useDeferredValue(text === symbol ? '' : text.trim())));
  const options = (data ?? []).slice(0, SHOWN);
  const choose = (instrument: InstrumentView | undefined): void => {
    if (!instrument) return;
    setText(clears ? '' : instrument.symbol);
    onSymbol(instrument.symbol);
    setOpen(false);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) setOpen(true);
      else setActive((active + (event.key === 'ArrowDown' ? 1 : options.length - 1)) % Math.max(1, options.length));
    } else if (event.key === 'Enter' && open) {
      event.preventDefault();
      choose(options[active]);
    } else if (event.key === 'Escape' && open) {
      event.stopPropagation();
      setOpen(false);
    }
  };
  const leave = (): void => {
    setOpen(false);
    const exact = data?.find((one) => one.symbol === text.trim().toUpperCase());
    if (exact && exact.symbol !== symbol && !clears) choose(exact);
    else if (!exact) setText(symbol);
  };
  return (
    <Field label={label} problem={problem}>
      {(ids) => (
        <div className="relative">
          <input
            {...ids}
            role="combobox"
            aria-expanded={open}
            aria-controls={listId}
            aria-autocomplete="list"
            aria-activedescendant={open && options[active] ? `${listId}-${active}` : undefined}
            autoComplete="off"
            spellCheck={false}
            placeholder="Symbol or name"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setActive(0);
              setOpen(true);
            }}
            onFocus={(event) => event.target.select()}
            onClick={() => setOpen(true)}
            onKeyDown={press}
            onBlur={leave}
            className={`min-h-12 w-full rounded-md border bg-raised px-3.5 text-lg font-[600] ${problem ? 'border-down' : 'border-line-strong'}`}
          />
          <div
            id={listId}
            role="listbox"
            aria-label="Instruments"
            hidden={!open || options.length === 0}
            className="absolute inset-x-0 top-full z-10 mt-1 overflow-hidden rounded-lg border border-line-strong bg-raised shadow-deep"
          >
            {options.map((option, index) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the combobox, which keeps the focus
              // biome-ignore lint/a11y/useFocusableInteractive: the focus stays on the combobox
              <div
                key={option.symbol}
                id={`${listId}-${index}`}
                role="option"
                aria-selected={index === active}
                onPointerDown={(event) => event.preventDefault()}
                onClick={() => choose(option)}
                className="flex min-h-10 cursor-pointer items-center justify-between gap-4 px-3.5 aria-selected:bg-brass-wash"
              >
                <span className="min-w-0 truncate">
                  <span className="font-[600]">{option.symbol}</span>
                  <span className="ml-2 text-sm text-ink-2">{option.name}</span>
                </span>
                <span className="text-sm">
                  <PriceText symbol={option.symbol} decimals={option.decimals} />
                </span>
              </div>
            ))}
          </div>
        </div>
      )}
    </Field>
  );
}
