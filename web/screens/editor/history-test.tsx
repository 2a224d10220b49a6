/** "Test on history": runs the alert that is being written over all stored history on the server, with a way to stop. */
import { useEffect, useRef, useState } from 'react';
import type { BacktestResultView, FiringView } from '#api/contract/backtest.ts';
import { calls } from '../../api/calls.ts';
import { problemText } from '../../api/client.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/state.tsx';
import { count } from '../../words/figures.ts';
import { dayOf } from '../../words/moments.ts';
import { type Draft, triedOf } from './draft.ts';
import { HistoryResult } from './history-result.tsx';

type Test =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly part: number; readonly at: number | null; readonly count: number }
  | {
      readonly kind: 'done';
      readonly canonical: string;
      readonly result: BacktestResultView;
      readonly firings: readonly FiringView[];
    }
  | { readonly kind: 'failed'; readonly message: string };

export function HistoryTest({
  draft,
  decimals,
  isReadable,
}: {
  readonly draft: Draft;
  readonly decimals: number;
  readonly isReadable: boolean;
}) {
  const [test, setTest] = useState<Test>({ kind: 'idle' });
  const running = useRef<AbortController | null>(null);
  const stop = (): void => running.current?.abort();
  useEffect(() => () => running.current?.abort(), []);

  const start = async (): Promise<void> => {
    stop();
    const control = new AbortController();
    running.current = control;
    const put = (next: Test): void => {
      if (running.current === control) setTest(next);
    };
    put({ kind: 'running', part: 0, at: null, count: 0 });
    const firings: FiringView[] = [];
    let canonical = draft.condition;
    let isOver = false;
    try {
      for await (const line of calls.backtest(questionOf(draft), control.signal)) {
        if (line.kind === 'started') canonical = line.canonical;
        else if (line.kind === 'firing') firings.push(line.firing);
        else if (line.kind === 'progress') put({ kind: 'running', part: line.part, at: line.at, count: line.count });
        else {
          isOver = true;
          put(
            line.kind === 'done'
              ? { kind: 'done', canonical, result: line.result, firings }
              : { kind: 'failed', message: line.problem.detail || line.problem.title },
          );
        }
      }
      if (!isOver) put({ kind: 'failed', message: 'The answer broke off before its end.' });
    } catch (error) {
      put(control.signal.aborted ? { kind: 'idle' } : { kind: 'failed', message: problemText(error) });
    }
  };

  return (
    <section aria-label="Test on history" className="mt-4 rounded-lg border border-line bg-panel p-3">
      <div className="flex flex-wrap items-center gap-3">
        {test.kind === 'running' ? (
          <Button size="sm" icon="close" onClick={stop}>
            Stop the test
          </Button>
        ) : (
          <Button size="sm" icon="retry" disabled={!isReadable || draft.symbol === ''} onClick={() => void start()}>
            Test on history
          </Button>
        )}
        {test.kind === 'idle' && (
          <p className="min-w-0 flex-1 text-sm text-ink-2">Runs it over everything stored, minute by minute.</p>
        )}
        {test.kind === 'running' && (
          <progress
            aria-label="How much of history is tested"
            max={1}
            value={test.part}
            className="h-2 min-w-24 flex-1"
          />
        )}
      </div>
      <div role="status" className="text-sm">
        {test.kind === 'running' && (
          <p className="mt-2 text-ink-2">
            {test.at === null ? 'Reading history…' : `${dayOf(test.at)}: ${count(test.count, 'firing')} so far`}
          </p>
        )}
        {test.kind === 'failed' && (
          <div className="mt-2">
            <Notice tone="bad" title="The test did not come to its end">
              {test.message}
            </Notice>
          </div>
        )}
      </div>
      {test.kind === 'done' && <HistoryResult {...test} decimals={decimals} />}
    </section>
  );
}

/** How often, not only the first time: one that fires once is tried as if armed again an hour after each. */
function questionOf(draft: Draft) {
  const { condition, frequency, cooldown, rearm, remindEvery, bar, session, gap } = triedOf(draft);
  return {
    ...{ symbol: draft.symbol, condition, session, gap },
    ...(frequency === 'once-per-bar' ? { frequency, bar } : { frequency: 'repeat' as const }),
    ...(frequency === 'repeat' ? { cooldown, rearm: rearm || null, remindEvery: remindEvery || null } : {}),
  };
}
