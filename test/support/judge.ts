/**
 * What a whole condition is on the values of one moment: the plainest judge, for tests.
 */
import { leafTruth, type Reading, type Snapshot, type Truth } from '#domain/condition/judge.ts';
import type { Condition, Leaf } from '#domain/condition/tree.ts';
import { truthOf } from './truth.ts';

export interface Judgement {
  readonly truth: Truth;
  readonly leaves: readonly (Reading & { readonly leaf: Leaf })[];
}

export function judge(condition: Condition, snapshot: Snapshot): Judgement {
  const leaves: (Reading & { readonly leaf: Leaf })[] = [];
  const truth = truthOf(condition, (leaf, index) => {
    const reading = snapshot(leaf, index);
    leaves.push({ leaf, ...reading });
    return leafTruth(leaf, reading);
  });
  return { truth, leaves };
}
