/**
 * Holds docs/conditions.md to the code: every example parses to the canonical text and the sentence it shows, every
 * mistake and warning is found where its caret stands, and no form of the language is left out.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileCondition } from '#domain/condition/checker.ts';
import { leavesOf, signalsOf } from '#domain/condition/leaves.ts';
import {
  MAX_DEPTH,
  MAX_LEAVES,
  MAX_NUMBER,
  MAX_SIGNALS,
  MAX_TEXT_LENGTH,
  MIN_NUMBER,
} from '#domain/condition/limits.ts';
import { printNumber } from '#domain/condition/number-text.ts';
import { parseCondition } from '#domain/condition/parser.ts';
import { printCondition } from '#domain/condition/printer.ts';
import { sentenceFor } from '#domain/condition/sentence.ts';
import type { Leaf } from '#domain/condition/tree.ts';
import { eachForm } from '../support/forms.ts';
import { ROOT } from '../support/need.ts';

const guide = readFileSync(join(ROOT, 'docs/conditions.md'), 'utf8');

/** The cases in the fenced blocks of this kind, each as its lines. */
function cases(kind: string): readonly (readonly string[])[] {
  const blocks = [...guide.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))];
  const found = blocks.flatMap(([, body = '']) => body.trim().split('\n\n')).map((one) => one.split('\n'));
  assert.ok(found.length > 0, `no ${kind} examples`);
  return found;
}

test('every example means what the guide says', () => {
  for (const [text = '', canonical, sentence, ...more] of cases('condition')) {
    const result = compileCondition(text);
    const parsed = parseCondition(text);
    assert.ok(parsed.ok, `${text}: ${JSON.stringify(result)}`);
    assert.ok(result.ok, text);
    assert.deepEqual(result.warnings, [], text);
    assert.equal(`  → ${printCondition(parsed.condition)}`, canonical, text);
    assert.equal(`  ${sentenceFor(parsed.condition, { symbol: 'BTC-USDT' })}`, sentence, text);
    assert.deepEqual(more, [], text);
  }
});

test('every mistake and warning is found where the guide points', () => {
  const pointed = (
    text: string,
    { at, length, message }: { at: number; length: number; message: string },
  ): string[] => [text, `${' '.repeat(at)}${'^'.repeat(length)} ${message}`];
  for (const lines of cases('mistake')) {
    const [text = ''] = lines;
    const result = compileCondition(text);
    assert.ok(!result.ok, text);
    assert.deepEqual(
      result.problems.flatMap((problem) => pointed(text, problem)),
      lines,
    );
  }
  for (const lines of cases('warning')) {
    const [text = ''] = lines;
    const result = compileCondition(text);
    assert.ok(result.ok, text);
    assert.deepEqual(
      result.warnings.flatMap((warning) => pointed(text, warning)),
      lines,
    );
  }
});

test('no fenced block escapes these tests', () => {
  const kinds = [...guide.matchAll(/^```(.*)$/gm)].map(([, kind]) => kind).filter((_, index) => index % 2 === 0);
  assert.deepEqual([...new Set(kinds)].sort(), ['condition', 'mistake', 'warning']);
});

test('the guide shows every form', () => {
  const formOf = (leaf: Leaf): string =>
    `${leaf.kind} ${'op' in leaf ? leaf.op : 'direction' in leaf ? leaf.direction : ''}`.trim();
  const shown = new Set<string>();
  for (const [text = ''] of cases('condition')) {
    const result = parseCondition(text);
    assert.ok(result.ok);
    eachForm(result.condition, (form) => shown.add(form.split(' ')[0] as string));
    for (const leaf of leavesOf(result.condition)) {
      shown.add(formOf(leaf));
      for (const signal of signalsOf(leaf)) shown.add(signal.kind);
    }
  }
  const forms = [
    ...['>', '>=', '<', '<='].map((op) => `compare ${op}`),
    ...['inside', 'outside'].map((op) => `range ${op}`),
    ...['above', 'below', 'either'].map((direction) => `cross ${direction}`),
    ...['enters', 'leaves'].map((op) => `channel ${op}`),
    ...['any', 'rise', 'fall'].map((direction) => `move ${direction}`),
    ...['rise', 'fall'].map((direction) => `trail ${direction}`),
    ...[
      'price',
      'volume',
      'change',
      'abs',
      'bar-volume',
      'extreme',
      'day',
      'since',
      'indicator',
      'average',
      'other',
      'arithmetic',
    ],
    ...['no-data', 'then', 'trail', 'hold-time', 'hold-ticks', 'hold-close', 'signal-to-signal'],
  ];
  assert.deepEqual([...shown].sort(), forms.sort());
});

test('the limits in the guide are those of the code', () => {
  const limits = guide.slice(guide.indexOf('## Limits'));
  for (const limit of [MAX_LEAVES, MAX_SIGNALS, MAX_DEPTH, MAX_TEXT_LENGTH, MAX_NUMBER, MIN_NUMBER])
    assert.ok(limits.includes(printNumber(limit)), `${limit} is not named`);
});
