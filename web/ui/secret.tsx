/** A secret that is shown this once, ready to be copied. */
import { useState } from 'react';
import { Button } from './button.tsx';
import { Field } from './field.tsx';

export function Secret({ label, value }: { readonly label: string; readonly value: string }) {
  const [copied, setCopied] = useState<'no' | 'yes' | 'refused'>('no');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied('yes');
    } catch {
      setCopied('refused');
    }
  };
  return (
    <Field label={label} hint={copied === 'refused' && 'The browser does not let us copy: select it and copy by hand.'}>
      {(ids) => (
        <div className="flex gap-2">
          <input
            {...ids}
            readOnly
            value={value}
            onFocus={(event) => event.target.select()}
            className="min-h-10 w-full min-w-0 rounded-md border border-line-strong bg-sunken px-3 font-mono text-sm"
          />
          <Button icon={copied === 'yes' ? 'check' : 'key'} onClick={() => void copy()}>
            {copied === 'yes' ? 'Copied' : 'Copy'}
          </Button>
        </div>
      )}
    </Field>
  );
}
