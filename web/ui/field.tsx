/** Form fields: a visible label, a hint, and the mistake told beside the field and to assistive technology. */
import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from 'react';

const BOX =
  'w-full min-h-10 rounded-md border bg-raised px-3 text-base text-ink transition-colors hover:border-line-strong disabled:opacity-55';

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly problem?: string | null | undefined;
  readonly optional?: boolean;
  readonly className?: string;
}

/** Label, hint and problem around one control, which gets the ids that tie them together. */
export function Field({
  label,
  hint,
  problem,
  optional,
  className,
  children,
}: FieldProps & {
  children: (ids: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean }) => ReactNode;
}) {
  const id = useId();
  const described = [problem ? `${id}-problem` : '', hint ? `${id}-hint` : ''].filter(Boolean).join(' ');
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 flex items-baseline gap-2 text-sm font-[580] text-ink">
        {label}
        {optional && <span className="text-xs font-normal text-ink-3">optional</span>}
      </label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': Boolean(problem) })}
      {problem && (
        <p id={`${id}-problem`} className="mt-1 text-sm text-down">
          {problem}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-sm text-ink-3">
          {hint}
        </p>
      )}
    </div>
  );
}

export function TextField({
  label,
  hint,
  problem,
  optional,
  className,
  ...input
}: FieldProps & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field
      label={label}
      hint={hint}
      problem={problem}
      {...(optional && { optional })}
      {...(className && { className })}
    >
      {(ids) => <input {...input} {...ids} className={`${BOX} ${problem ? 'border-down' : 'border-line-strong'}`} />}
    </Field>
  );
}

export function SelectField({
  label,
  hint,
  problem,
  className,
  children,
  ...select
}: FieldProps & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field label={label} hint={hint} problem={problem} {...(className && { className })}>
      {(ids) => (
        <select {...select} {...ids} className={`${BOX} border-line-strong`}>
          {children}
        </select>
      )}
    </Field>
  );
}

export function CheckField({
  label,
  hint,
  ...input
}: { readonly label: ReactNode; readonly hint?: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <label className="flex min-h-9 items-start gap-3 py-1.5 text-base">
      <input
        type="checkbox"
        {...input}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="mt-0.5 size-4.5 shrink-0 accent-brass-ink"
      />
      <span>
        {label}
        {hint && (
          <span id={`${id}-hint`} className="block text-sm text-ink-3">
            {hint}
          </span>
        )}
      </span>
    </label>
  );
}

/** A few choices side by side: radio buttons in the shape of one control. */
export function Choice<T extends string>({
  legend,
  value,
  options,
  onChange,
  hint,
}: {
  readonly legend: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly onChange: (value: T) => void;
  readonly hint?: ReactNode;
}) {
  const name = useId();
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 text-sm font-[580]">{legend}</legend>
      <div className="flex flex-wrap gap-px overflow-hidden rounded-md border border-line-strong bg-line">
        {options.map((option) => (
          <label
            key={option.value}
            className="flex min-h-10 flex-1 cursor-pointer items-center justify-center bg-raised px-3 text-center text-base whitespace-nowrap text-ink-2 transition-colors hover:text-ink has-checked:bg-brass-wash has-checked:font-[600] has-checked:text-brass-ink has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-focus"
          >
            <input
              type="radio"
              name={name}
              className="sr-only"
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            {option.label}
          </label>
        ))}
      </div>
      {hint && <p className="mt-1 text-sm text-ink-3">{hint}</p>}
    </fieldset>
  );
}
