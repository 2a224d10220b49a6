/**
 * Puts a rule into the slot of its alert: the condition as a shape with numbers, the policy as one that many share.
 */
import type { Condition } from '../condition/tree.ts';
import type { AlertTable } from './alert-table.ts';
import type { CalmRows } from './calm.ts';
import type { Rule } from './event.ts';
import type { Kinds } from './kinds.ts';
import { isPolicyOf, type Policy, policyKey, policyOf, type Said } from './policy.ts';
import { type Shape, shapeKey, shapeOf } from './shape.ts';
import type { Shared } from './shared.ts';

/** What all instruments of an engine share. */
export interface Sharing {
  readonly shapes: Shared<Shape>;
  readonly policies: Shared<Policy>;
  readonly kinds: Kinds;
  readonly calmRows: CalmRows;
}

export function writeRule(table: AlertTable, sharing: Sharing, slot: number, rule: Rule): void {
  const numbers: number[] = [];
  const shape = sharedShape(sharing, rule.condition, numbers);
  const { last } = sharing.kinds;
  const isLast = last !== undefined && isPolicyOf(last.policy, rule);
  const policy = isLast ? last.policy : sharedPolicy(sharing, rule);
  table.setKind(slot, isLast && last.shape === shape ? last : { shape, policy });
  table.setNumbers(slot, numbers);
  table.setVersion(slot, rule.version);
  table.setWasFalse(slot, false);
  table.setArmedAt(slot, 0);
  table.setExpiresAt(slot, rule.expiresAt ?? undefined);
}

/** Adds the numbers of the condition, in order, to `numbers`. */
export function sharedShape({ shapes }: Sharing, condition: Condition, numbers: number[]): Shape {
  const key = shapeKey(condition, numbers);
  return shapes.get(key) ?? shapes.add(key, shapeOf(condition));
}

export function sharedPolicy({ policies }: Sharing, said: Said): Policy {
  const policy = policyOf(said);
  const key = policyKey(policy);
  return policies.get(key) ?? policies.add(key, policy);
}
