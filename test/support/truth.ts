/**
 * Three-valued truth (Kleene): true, false, or null for unknown. What is unknown is neither true nor false, and only
 * makes the whole unknown where the known parts do not decide it.
 */
import type { Truth } from '#domain/condition/judge.ts';
import type { Condition, Leaf } from '#domain/condition/tree.ts';

/** The truth of the whole from the truth of its leaves; `index` counts leaves in the order of `leavesOf`. */
export function truthOf(condition: Condition, leafTruth: (leaf: Leaf, index: number) => Truth): Truth {
  let index = 0;
  // No short cut: every leaf is asked, so that the count stays right.
  const walk = (part: Condition): Truth => {
    switch (part.kind) {
      case 'and':
        return allOf(part.of.map(walk));
      case 'or':
        return anyOf(part.of.map(walk));
      case 'not':
        return notOf(walk(part.of));
      case 'confirmed':
        return walk(part.of);
      case 'then':
        // One moment alone is never one thing after another.
        walk(part.first);
        walk(part.second);
        return false;
      default:
        return leafTruth(part, index++);
    }
  };
  return walk(condition);
}

export function allOf(truths: readonly Truth[]): Truth {
  return truths.includes(false) ? false : truths.includes(null) ? null : true;
}

export function anyOf(truths: readonly Truth[]): Truth {
  return truths.includes(true) ? true : truths.includes(null) ? null : false;
}

export function notOf(truth: Truth): Truth {
  return truth === null ? null : !truth;
}
