/**
 * The text of the condition, and under it what it means or the character at which it cannot be understood. The words are
 * checked in the browser as they are typed and by the server for whether they would fire at once or never.
 */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useId, useState } from 'react';
import { compileCondition } from '#domain/condition/checker.ts';
import type { ConditionProblem } from '#domain/condition/tree.ts';
import { ApiProblem, problemText } from '../../api/client.ts';
import { queries, type Target } from '../../api/queries.ts';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/state.tsx';
import { Preview } from './preview.tsx';

/** Time for a hand to type on before the server is asked. */
const PAUSE_MS = 250;

function usePaused(text: string): string {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return paused;
}

export function ConditionField({
  target,
  decimals,
  session,
  text,
  onText,
}: {
  readonly target: Target | null;
  readonly decimals: number;
  readonly session: 'regular' | 'all';
  readonly text: string;
  readonly onText: (text: string) => void;
}) {
  const asked = usePaused(text.trim());
  const local = useDeferredValue(text.trim() === '' ? null : compileCondition(text));
  const readable = local?.ok === true;
  const check = useQuery({
    ...queries.check(target, asked, session),
    enabled: target !== null && readable && asked !== '',
    placeholderData: keepPreviousData,
  });
  const problems = local && !local.ok ? local.problems : serverProblems(check.error);
  const [problem] = problems;
  const pointer = useId();
  return (
    <div>
      <Field label="Condition" hint={!text && 'For example: price crosses above 150 and change(1d) > 2%'}>
        {(ids) => (
          <input
            {...ids}
            aria-invalid={Boolean(problem)}
            aria-describedby={problem ? pointer : ids['aria-describedby']}
            value={text}
            onChange={(event) => onText(event.target.value)}
            spellCheck={false}
            autoCapitalize="none"
            autoComplete="off"
            placeholder="price crosses above …"
            className={`min-h-12 w-full rounded-md border bg-raised px-3.5 font-mono text-lg ${problem ? 'border-down' : 'border-line-strong'}`}
          />
        )}
      </Field>
      <div aria-live="polite" className="mt-2 min-h-14">
        {problem ? (
          <Pointer id={pointer} text={text} problem={problem} onText={onText} />
        ) : check.error && readable ? (
          <Notice tone="bad" title={problemText(check.error)} />
        ) : check.data && readable ? (
          <Preview check={check.data} decimals={decimals} />
        ) : null}
        {local?.ok &&
          // That it can never fire has been said.
          local.warnings
            .filter(({ message }) => message !== check.data?.unreachable)
            .map((warning) => (
              <div key={warning.message} className="mt-2">
                <Notice tone="warn">{warning.message}</Notice>
              </div>
            ))}
      </div>
    </div>
  );
}

function serverProblems(error: unknown): readonly ConditionProblem[] {
  const field = error instanceof ApiProblem ? error.field('condition') : undefined;
  if (!field || field.at === undefined) return [];
  return [{ at: field.at, length: field.length ?? 1, message: field.message, expected: field.expected ?? [] }];
}

/** The text again with the place marked, what is wrong there, and what would be right (a click puts it in). */
function Pointer({
  id,
  text,
  problem,
  onText,
}: {
  readonly id: string;
  readonly text: string;
  readonly problem: ConditionProblem;
  readonly onText: (text: string) => void;
}) {
  const end = Math.max(problem.at + 1, problem.at + problem.length);
  const wrong = text.slice(problem.at, end);
  /** Expected words that can stand in the text as they are, not descriptions such as "a number". */
  const isTypable = (word: string): boolean => !/^(a|an|the|nothing|end)\b/.test(word);
  return (
    <div className="rounded-md border border-down bg-down-wash px-3.5 py-2.5">
      <pre aria-hidden="true" className="overflow-x-auto font-mono text-base leading-5">
        {text.slice(0, problem.at)}
        <mark className="bg-transparent font-[700] text-down">{wrong || ' '}</mark>
        {text.slice(end)}
        {'\n'}
        <span className="text-down">{`${' '.repeat(problem.at)}${'^'.repeat(end - problem.at)}`}</span>
      </pre>
      <p id={id} className="text-base text-down">
        <span className="font-[600]">At character {problem.at + 1}:</span> {problem.message}
        {problem.expected.length > 0 && <span className="sr-only"> Expected {problem.expected.join(', ')}.</span>}
      </p>
      {problem.expected.length > 0 && (
        <p className="mt-1.5 flex flex-wrap items-center gap-1.5 text-sm text-ink-2">
          Expected
          {problem.expected.slice(0, 8).map((word) =>
            isTypable(word) ? (
              <button
                key={word}
                type="button"
                aria-label={`Put in ${word}`}
                onClick={() =>
                  onText(`${text.slice(0, problem.at).trimEnd()} ${word} ${text.slice(end).trimStart()}`.trim())
                }
                className="min-h-7 rounded-sm border border-line-strong bg-raised px-2 font-mono text-sm hover:border-brass-mark"
              >
                {word}
              </button>
            ) : (
              <span key={word} className="italic">
                {word}
              </span>
            ),
          )}
        </p>
      )}
    </div>
  );
}
