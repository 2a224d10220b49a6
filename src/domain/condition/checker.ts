/**
 * From a text to a condition an alert may be made of: parsed, and checked for what the grammar allows but a trader
 * cannot mean. A mistake refuses the text; a doubt is a warning, shown before saving.
 */
import type { Span } from './cursor.ts';
import { otherSignalsOf } from './elsewhere.ts';
import { hasEvent, isEvent, isLevel, leavesOf, partsOf, signalsOf } from './leaves.ts';
import { MAX_OTHERS, MAX_TEXT_LENGTH } from './limits.ts';
import { isNeverNegative } from './nature.ts';
import { parseWithSpans } from './parser.ts';
import { printCondition, printSignal } from './printer.ts';
import { reachOf } from './reach.ts';
import type { Condition, ConditionProblem, Leaf, Level, Signal } from './tree.ts';
import { type Dimension, dimensionOf, unitOfSignal } from './units.ts';

export type CompileResult =
  | {
      readonly ok: true;
      readonly condition: Condition;
      readonly canonical: string;
      readonly warnings: readonly ConditionProblem[];
      /** Other instruments it names, each once, with their first place in the text. */
      readonly others: readonly (Span & { readonly symbol: string })[];
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
  checkOthers(condition, report);
  const canonical = printCondition(condition);
  if (canonical.length > MAX_TEXT_LENGTH)
    report(condition, `A condition has at most ${MAX_TEXT_LENGTH} characters; this one has ${canonical.length}.`);
  if (problems.length > 0) return { ok: false, problems: problems.toSorted((a, b) => a.at - b.at) };
  const others = new Map<string, Span>();
  for (const { symbol, of } of otherSignalsOf(condition))
    if (!others.has(symbol)) others.set(symbol, spans.get(of) ?? whole);
  return {
    ...{ ok: true, condition, canonical, warnings: warningsOf(condition, spans, whole) },
    others: [...others].map(([symbol, { at, length }]) => ({ symbol, at, length })),
  };
}

type Report = (node: object, message: string, ...expected: readonly string[]) => void;

function checkLeaf(leaf: Leaf, report: Report): void {
  if (leaf.kind === 'no-data') return;
  for (const signal of signalsOf(leaf)) checkSignal(signal, report);
  const { signal } = leaf;
  if (leaf.kind === 'move' || leaf.kind === 'trail') {
    // What is calculated may be above zero all the same.
    const mayHaveShares = leaf.kind === 'trail' || signal.kind === 'arithmetic' || isNeverNegative(signal);
    if (unitOfSignal(signal) === 'percent')
      report(signal, 'A change is a move already: compare it with a number.', 'change(1h) >= 3%');
    else if (leaf.by.unit === 'percent' && !mayHaveShares)
      report(leaf.by, `${printSignal(signal)} may be below zero, of which there is no percentage: write an amount.`);
    if (!(leaf.by.value > 0))
      report(leaf.by, 'The size of a move is above zero; the direction is in the word.', 'rises', 'falls', 'moves');
    return;
  }
  if ((leaf.kind === 'compare' || leaf.kind === 'cross') && !isLevel(leaf.to)) checkSides(signal, leaf.to, report);
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

function levelsOf(leaf: Exclude<Leaf, { kind: 'move' | 'trail' | 'no-data' }>): readonly Level[] {
  if (leaf.kind === 'range' || leaf.kind === 'channel') return [leaf.low, leaf.high];
  return isLevel(leaf.to) ? [leaf.to] : [];
}

const DIMENSIONS: Readonly<Record<Dimension, string>> = {
  price: 'a price',
  volume: 'a volume',
  percent: 'in percent',
  plain: 'a bare number',
  mixed: 'a mixture',
};

/** Two signals that are compared, added or subtracted count the same thing. */
function checkSides(one: Signal, other: Signal, report: Report): void {
  const [left, right] = [dimensionOf(one), dimensionOf(other)];
  if (printSignal(one) === printSignal(other)) report(other, 'Both sides are the same.', 'a different signal');
  else if (left !== right && left !== 'mixed' && right !== 'mixed')
    report(other, `${printSignal(one)} is ${DIMENSIONS[left]}, ${printSignal(other)} is ${DIMENSIONS[right]}.`);
}

function checkSignal(signal: Signal, report: Report): void {
  for (const part of partsOf(signal)) checkSignal(part, report);
  if (signal.kind === 'abs' && isNeverNegative(signal.of))
    report(signal, `${printSignal(signal.of)} is never negative; leave abs out.`, printSignal(signal.of));
  if (signal.kind !== 'arithmetic') return;
  const { op, left, right } = signal;
  if (!isLevel(left) && !isLevel(right) && (op === '+' || op === '-')) checkSides(left, right, report);
  for (const [level, beside] of [
    [left, right],
    [right, left],
  ] as const) {
    if (!isLevel(level) || isLevel(beside) || level.unit !== 'percent') continue;
    const isAdded = op === '+' || op === '-';
    if (!isAdded || unitOfSignal(beside) !== 'percent')
      report(level, `Write a percentage of something as a factor: 1.05 * ${printSignal(beside)}.`);
  }
}

function checkOthers(condition: Condition, report: Report): void {
  const symbols = new Set<string>();
  for (const signal of otherSignalsOf(condition)) {
    symbols.add(signal.symbol);
    if (symbols.size <= MAX_OTHERS) continue;
    report(signal, `At most ${MAX_OTHERS} other instruments fit into one condition; make several alerts.`);
    return;
  }
}

/** "Not crossing" is true at almost every tick: nobody means it. */
function checkNot(condition: Condition, report: Report): void {
  if (condition.kind === 'and' || condition.kind === 'or') for (const part of condition.of) checkNot(part, report);
  if (condition.kind === 'confirmed') checkNot(condition.of, report);
  if (condition.kind === 'then') for (const part of [condition.first, condition.second]) checkNot(part, report);
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
  if (condition.kind === 'confirmed') coincidences(condition.of, spans, whole, warnings);
  if (condition.kind !== 'and' && condition.kind !== 'or') return;
  for (const part of condition.of) coincidences(part, spans, whole, warnings);
  if (condition.kind === 'or') return;
  const events = condition.of.filter((part) => part.kind === 'then' || leavesOf(part).every(isEvent));
  if (events.length < 2) return;
  const { at, length } = spans.get(events[1] as object) ?? whole;
  const message =
    'Both crossings have to happen at the same tick, which is rare. For "already above", write price > 150.';
  warnings.push({ at, length, message, expected: ['price > 150', 'or'] });
}
