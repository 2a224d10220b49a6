/**
 * Puts a rule into the slot of its alert: the condition as a shape with numbers, the policy as one that many share.
 */
import type { AlertTable } from './alert-table.ts';
import type { CalmRows } from './calm.ts';
import type { Rule } from './event.ts';
import { isSamePolicy, type Policy, policyKey, policyOf } from './policy.ts';
import { type Shape, shapeKey, shapeOf } from './shape.ts';
import type { Shared } from './shared.ts';

/** What all instruments of an engine share. */
export interface Sharing {
  readonly shapes: Shared<Shape>;
  readonly policies: Shared<Policy>;
  readonly calmRows: CalmRows;
}

export function writeRule(table: AlertTable, sharing: Sharing, slot: number, rule: Rule): void {
  const numbers: number[] = [];
  const key = shapeKey(rule.condition, numbers);
  const policy = policyOf(rule);
  table.shapes.set(
    slot,
    sharing.shapes.get(key, () => shapeOf(rule.condition)),
  );
  const { last } = table.policies;
  const isLast = last !== undefined && isSamePolicy(last, policy);
  table.policies.set(slot, isLast ? last : sharing.policies.get(policyKey(policy), () => policy));
  table.setNumbers(slot, numbers);
  table.version[slot] = rule.version;
  table.wasFalse[slot] = 0;
  table.armedAt[slot] = 0;
  if (rule.expiresAt === null) table.expiresAt.delete(slot);
  else table.expiresAt.set(slot, rule.expiresAt);
}
