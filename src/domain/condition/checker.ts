/**
 * From a text to a condition an alert may be made of: parsed, and checked for what the grammar allows but a trader
 * cannot mean. A mistake refuses the text; a doubt is a warning, shown before saving.
 */
import { NOT_YET } from './availability.ts';
import type { Span } from './cursor.ts';
import { eachForm } from './forms.ts';
import { hasEvent, isEvent, isLevel, leavesOf } from './leaves.ts';
import { parseWithSpans } from './parser.ts';
import { printCondition, printSignal } from './printer.ts';
import { reachOf } from './reach.ts';
import type { Condition, ConditionProblem, Leaf, Level } from './tree.ts';
import { unitOfSignal } from './units.ts';

export type CompileResult =
  | {
      readonly ok: true;
      readonly condition: Condition;
      readonly canonical: string;
      readonly warnings: readonly ConditionProblem[];
    }
  | { readonly ok: false; readonly problems: readonly ConditionProblem[] };

/** The checked condition of `text` with its canonical text, or every problem. */
export function compileCondition(text: string): CompileResult {
  const parsed = parseWithSpans(text);
  if (!parsed.ok) return parsed;
  const { condition, spans } = parsed;
  const whole = { at: 0, length: text.length };
  const problems: ConditionProblem[] = [];
  const report: Report = (node, message, ...expected) => {
    const { at, length }: Span = spans.get(node) ?? whole;
    problems.push({ at, length, message, expected });
  };
  for (const leaf of leavesOf(condition)) checkLeaf(leaf, report);
  checkNot(condition, report);
  checkAvailable(condition, report);
  if (problems.length > 0) return { ok: false, problems: problems.toSorted((a, b) => a.at - b.at) };
  return { ok: true, condition, canonical: printCondition(condition), warnings: warningsOf(condition, spans, whole) };
}

type Report = (node: object, message: string, ...expected: readonly string[]) => void;

function checkLeaf(leaf: Leaf, report: Report): void {
  if (leaf.kind === 'no-data') return;
  const { signal } = leaf;
  if (signal.kind === 'abs' && signal.of.kind !== 'change')
    report(signal, `${printSignal(signal.of)} is never negative; leave abs out.`, printSignal(signal.of));
  if (leaf.kind === 'move') {
    if (signal.kind === 'change' || signal.kind === 'abs')
      report(signal, 'A move follows price or volume; a change already is one.', 'price', 'volume');
    if (!(leaf.by.value > 0))
      report(leaf.by, 'The size of a move is above zero; the direction is in the word.', 'rises', 'falls', 'moves');
    return;
  }
  if (leaf.kind === 'trail') return;
  for (const level of levelsOf(leaf)) {
    if (level.unit === 'percent' && unitOfSignal(signal) === 'amount')
      report(
        level,
        `${printSignal(signal)} is not in percent; for a change in percent write change(24h).`,
        'a number without %',
        'change(24h)',
      );
  }
  if ((leaf.kind === 'range' || leaf.kind === 'channel') && !(leaf.low.value < leaf.high.value))
    report(leaf.low, 'The first end of a range is below the second.', 'a range such as 90..110');
}

function levelsOf(leaf: Extract<Leaf, { kind: 'compare' | 'cross' | 'range' | 'channel' }>): readonly Level[] {
  return leaf.kind === 'compare' || leaf.kind === 'cross' ? (isLevel(leaf.to) ? [leaf.to] : []) : [leaf.low, leaf.high];
}

/** What the engine cannot run yet is refused here, and nowhere else. */
function checkAvailable(condition: Condition, report: Report): void {
  eachForm(condition, (form, part) => {
    const what = NOT_YET.get(form);
    if (what !== undefined) report(part, `Not available yet: ${what}.`);
  });
}

/** "Not crossing" is true at almost every tick: nobody means it. */
function checkNot(condition: Condition, report: Report): void {
  if (condition.kind === 'and' || condition.kind === 'or') for (const part of condition.of) checkNot(part, report);
  if (condition.kind !== 'not') return;
  if (hasEvent(condition.of))
    report(condition, 'not needs a state; a crossing is over as soon as it has happened.', 'not price > 150');
}

function warningsOf(condition: Condition, spans: ReadonlyMap<object, Span>, whole: Span): readonly ConditionProblem[] {
  const warnings: ConditionProblem[] = [];
  const reach = reachOf(condition);
  if (reach.verdict !== 'possible') warnings.push({ ...whole, message: reach.reason, expected: [] });
  else coincidences(condition, spans, whole, warnings);
  return warnings;
}

/** Two events joined by `and` have to happen at the very same tick. */
function coincidences(
  condition: Condition,
  spans: ReadonlyMap<object, Span>,
  whole: Span,
  warnings: ConditionProblem[],
): void {
  if (condition.kind !== 'and' && condition.kind !== 'or') return;
  for (const part of condition.of) coincidences(part, spans, whole, warnings);
  if (condition.kind === 'or') return;
  const events = condition.of.filter((part) => leavesOf(part).every(isEvent));
  if (events.length < 2) return;
  const { at, length } = spans.get(events[1] as object) ?? whole;
  const message =
    'Both crossings have to happen at the same tick, which is rare. For "already above", write price > 150.';
  warnings.push({ at, length, message, expected: ['price > 150', 'or'] });
}
