/** The form of an alert, for a new one and for a change: the condition first, how and whom to tell after. */
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { AlertView } from '#api/contract/alert.ts';
import { compileCondition } from '#domain/condition/checker.ts';
import { ApiProblem, problemText } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { InstrumentChart } from '../../chart/instrument-chart.tsx';
import { useInstrument } from '../../instrument/decimals.ts';
import { priceLevels } from '../../instrument/levels.ts';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Notice } from '../../ui/state.tsx';
import { ConditionField } from './condition-field.tsx';
import { type Draft, targetOf, triedOf } from './draft.ts';
import { HistoryTest } from './history-test.tsx';
import { PolicyFields } from './policy-fields.tsx';
import { QuickBuilder } from './quick-builder.tsx';
import { TargetFields } from './target-fields.tsx';

export function AlertForm({
  initial,
  fixedTarget,
  saveName,
  save,
  cancelTo,
}: {
  readonly initial: Draft;
  readonly fixedTarget?: boolean;
  readonly saveName: string;
  readonly save: (draft: Draft) => Promise<AlertView>;
  readonly cancelTo: string;
}) {
  const [draft, setDraft] = useState(initial);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const put = (change: Partial<Draft>): void => setDraft((before) => ({ ...before, ...change }));
  const target = targetOf(draft);
  const instrument = useInstrument(draft.symbol);
  const { data: others } = useQuery({ ...queries.alerts(), select: (all) => all.length });
  const decimals = instrument?.decimals ?? 2;
  const readable = compileCondition(draft.condition).ok;
  const fieldError = (name: string) => (error instanceof ApiProblem ? error.field(name)?.message : undefined);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await save(draft);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      onSubmit={(event) => void submit(event)}
      noValidate
      className="grid gap-8 xl:grid-cols-[minmax(0,1fr)_minmax(0,34rem)] 2xl:grid-cols-2"
    >
      <div className="min-w-0 space-y-6">
        <TargetFields draft={draft} put={put} isFixed={fixedTarget === true} problem={fieldError} />
        {draft.symbol !== '' && (
          <QuickBuilder
            key={draft.symbol}
            symbol={draft.symbol}
            decimals={decimals}
            text={draft.condition}
            onText={(condition) => put({ condition })}
          />
        )}
        <ConditionField
          target={target}
          decimals={decimals}
          session={draft.session}
          text={draft.condition}
          onText={(condition) => put({ condition })}
        />
        <PolicyFields draft={draft} put={put} problem={fieldError} calendar={instrument?.calendar} />
        {error !== null && <Notice tone="bad" title={problemText(error)} live />}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" look="strong" icon="bell" busy={busy} disabled={target === null || !readable}>
            {saveName}
          </Button>
          <ButtonLink to={cancelTo} look="plain">
            Cancel
          </ButtonLink>
          {others === 0 && !fixedTarget && (
            <p className="text-sm text-ink-3">No account needed: it is kept for this browser.</p>
          )}
        </div>
      </div>
      <div className="min-w-0 max-xl:order-last">
        {instrument && (
          <div className="xl:sticky xl:top-6">
            <InstrumentChart
              instrument={instrument}
              candles="15m"
              levels={(readable ? priceLevels(draft.condition) : []).map((value) => ({ value, title: 'this alert' }))}
              tried={triedOf(draft)}
              className="h-[min(52vh,36rem)] min-h-64"
            />
            <HistoryTest draft={draft} decimals={decimals} isReadable={readable} />
          </div>
        )}
      </div>
    </form>
  );
}
