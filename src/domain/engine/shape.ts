/**
 * A condition without its numbers: what a million alerts `price > x` have in common is kept once, and an alert is its
 * numbers. Shape and numbers together give the condition back, bit for bit.
 */
import type { Condition, Leaf, Level } from '../condition/tree.ts';
import { moveRecipe, type Recipe, recipeOf } from '../signal/recipe.ts';

export interface ShapeLeaf {
  readonly index: number;
  readonly leaf: Leaf;
  /** Its first number; a range has the one after as well. */
  readonly number: number;
  readonly recipe: Recipe;
  /** For a move: the signal that moves. */
  readonly base: Recipe | null;
  readonly isEvent: boolean;
  /** False under an odd number of `not`s: the condition may come true when the leaf turns false. */
  readonly isPositive: boolean;
}

export type ShapeNode =
  | { readonly kind: 'leaf'; readonly leaf: ShapeLeaf }
  | { readonly kind: 'and' | 'or'; readonly of: readonly ShapeNode[] }
  | { readonly kind: 'not'; readonly of: ShapeNode };

export interface Shape {
  readonly root: ShapeNode;
  readonly leaves: readonly ShapeLeaf[];
  readonly hasMoves: boolean;
}

/** Equal for conditions that differ in their numbers only. Adds the numbers, in order, to `numbers`. */
export function shapeKey(condition: Condition, numbers: number[]): string {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return `${condition.kind}(${condition.of.map((part) => shapeKey(part, numbers)).join()})`;
    case 'not':
      return `not(${shapeKey(condition.of, numbers)})`;
    case 'compare':
      numbers.push(condition.to.value);
      return `${recipeOf(condition.signal).key}${condition.op}${condition.to.unit}`;
    case 'cross':
      numbers.push(condition.to.value);
      return `${recipeOf(condition.signal).key}x${condition.direction}${condition.to.unit}`;
    case 'range':
    case 'channel':
      numbers.push(condition.low.value, condition.high.value);
      return `${recipeOf(condition.signal).key}${condition.op}${condition.low.unit}${condition.high.unit}`;
    case 'move':
      numbers.push(condition.by.value);
      return `${moveRecipe(condition).key}${condition.direction}`;
  }
}

export function shapeOf(condition: Condition): Shape {
  const leaves: ShapeLeaf[] = [];
  let numbers = 0;
  const nodeOf = (part: Condition, isPositive: boolean): ShapeNode => {
    if (part.kind === 'and' || part.kind === 'or')
      return { kind: part.kind, of: part.of.map((inner) => nodeOf(inner, isPositive)) };
    if (part.kind === 'not') return { kind: 'not', of: nodeOf(part.of, !isPositive) };
    const leaf: ShapeLeaf = {
      index: leaves.length,
      leaf: part,
      number: numbers,
      recipe: part.kind === 'move' ? moveRecipe(part) : recipeOf(part.signal),
      base: part.kind === 'move' ? recipeOf(part.signal) : null,
      isEvent: part.kind === 'cross' || part.kind === 'channel',
      isPositive,
    };
    leaves.push(leaf);
    numbers += part.kind === 'range' || part.kind === 'channel' ? 2 : 1;
    return { kind: 'leaf', leaf };
  };
  const root = nodeOf(condition, true);
  return { root, leaves, hasMoves: leaves.some(({ base }) => base !== null) };
}

/** The leaf as this alert has it. */
export function leafWith({ leaf, number }: ShapeLeaf, numberAt: (index: number) => number): Leaf {
  const level = (of: Level, index: number): Level => ({ ...of, value: numberAt(index) });
  switch (leaf.kind) {
    case 'compare':
    case 'cross':
      return { ...leaf, to: level(leaf.to, number) };
    case 'range':
    case 'channel':
      return { ...leaf, low: level(leaf.low, number), high: level(leaf.high, number + 1) };
    case 'move':
      return { ...leaf, by: level(leaf.by, number) };
  }
}

export function conditionWith(node: ShapeNode, numberAt: (index: number) => number): Condition {
  switch (node.kind) {
    case 'leaf':
      return leafWith(node.leaf, numberAt);
    case 'not':
      return { kind: 'not', of: conditionWith(node.of, numberAt) };
    default:
      return { kind: node.kind, of: node.of.map((part) => conditionWith(part, numberAt)) };
  }
}
