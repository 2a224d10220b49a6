/**
 * A condition without its numbers: what a million alerts `price > x` have in common is kept once, and an alert is its
 * numbers. Shape and numbers together give the condition back, bit for bit.
 */
import { isEvent, isLevel, numberOf } from '../condition/leaves.ts';
import { printConfirmation, printOpening, printSignal } from '../condition/printer.ts';
import type { Condition, Confirmation, Leaf, Level, Operand } from '../condition/tree.ts';
import {
  instrumentsIn,
  neededRecipeOf,
  priceWindowOf,
  type Recipe,
  recipeOf,
  sideRecipesOf,
} from '../signal/recipe.ts';

/** A leaf of a form that the engine runs. */
export type RunLeaf = Leaf;

export interface ShapeLeaf {
  readonly index: number;
  readonly leaf: RunLeaf;
  /** Its first number; a range has the one after as well. */
  readonly number: number;
  /** It is a range. */
  readonly hasTwo: boolean;
  /** Its text before and after its number; null where there is more to it. */
  readonly around: readonly [string, string] | null;
  readonly recipe: Recipe;
  /** For a move: the signal that moves. */
  readonly base: Recipe | null;
  /** Where it compares two signals: both. */
  readonly sides: readonly Side[];
  /** The other instruments it looks at. */
  readonly others: readonly string[];
  readonly isEvent: boolean;
  /** Of an event: the states it may lead to, which last until it is undone. */
  readonly ways: readonly ShapeLeaf[];
  /** Part of one thing after another: it matters when it turns true and when it turns false. */
  readonly isInSequence: boolean;
  /** False under an odd number of `not`s: the condition may come true when the leaf turns false. */
  readonly isPositive: boolean;
}

export interface Side {
  /** Canonical text. */
  readonly text: string;
  readonly recipe: Recipe;
}

export type ShapeNode =
  | { readonly kind: 'leaf'; readonly leaf: ShapeLeaf }
  | { readonly kind: 'and' | 'or'; readonly of: readonly ShapeNode[] }
  | { readonly kind: 'not'; readonly of: ShapeNode }
  | ThenNode;

export interface ThenNode {
  readonly kind: 'then';
  readonly first: ShapeNode;
  readonly second: ShapeNode;
  readonly withinMs: number;
}

export interface Shape {
  readonly root: ShapeNode;
  /** How long the root has to hold before it counts; null for not at all. */
  readonly confirmation: Confirmation | null;
  readonly leaves: readonly ShapeLeaf[];
  /** Those within another one before it. */
  readonly sequences: readonly ThenNode[];
  readonly hasSequences: boolean;
  readonly hasMoves: boolean;
  readonly hasTrails: boolean;
  /** The longest window on the price of its own instrument; 0 where it has none. */
  readonly priceWindowMs: number;
  /** It may hold because nothing is seen: an old price is no reason to wait. */
  readonly hasSilence: boolean;
  /** There may be more to keep of such an alert than what all have: most have one level to watch and nothing else. */
  readonly keepsMore: boolean;
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
      numbers.push(numberOf(condition.to));
      return isPlain(condition) ? condition.op : `${keyOf(condition)}${condition.op}${unitOf(condition.to)}`;
    case 'cross':
      numbers.push(numberOf(condition.to));
      return isPlain(condition)
        ? condition.direction
        : `${keyOf(condition)}x${condition.direction}${unitOf(condition.to)}`;
    case 'range':
    case 'channel':
      numbers.push(condition.low.value, condition.high.value);
      return `${keyOf(condition)}${condition.op}${condition.low.unit}${condition.high.unit}`;
    case 'move':
      numbers.push(condition.by.value);
      return `${keyOf(condition)}${condition.direction}`;
    case 'trail':
      numbers.push(condition.by.value);
      return `${keyOf(condition)}${condition.direction}${condition.by.unit}`;
    case 'no-data':
      numbers.push(condition.forMs);
      return keyOf(condition);
    case 'then':
      return `then(${shapeKey(condition.first, numbers)},${shapeKey(condition.second, numbers)},${condition.withinMs})`;
    case 'confirmed':
      return `${printConfirmation(condition.by)}(${shapeKey(condition.of, numbers)})`;
  }
}

/** The checker refuses what the catalogue does not have; what comes here all the same is a bug. */
export class NotAvailable extends Error {
  constructor(form: string) {
    super(`the engine has no ${form}`);
    this.name = 'NotAvailable';
  }
}

function needed(recipe: Recipe | null, leaf: Leaf): Recipe {
  if (recipe === null) throw new NotAvailable(leaf.kind === 'no-data' ? leaf.kind : leaf.signal.kind);
  return recipe;
}

/** The price against an amount, as most are: one word says the rest, and no text need be made. */
function isPlain({ signal, to }: Extract<Leaf, { readonly kind: 'compare' | 'cross' }>): boolean {
  return signal.kind === 'price' && to.kind === 'number' && to.unit === 'amount';
}

function keyOf(leaf: Leaf): string {
  return recipeFor(leaf).key;
}

function recipeFor(leaf: Leaf): Recipe {
  return needed(neededRecipeOf(leaf), leaf);
}

function sidesOf(leaf: Leaf): readonly Side[] {
  if ((leaf.kind !== 'compare' && leaf.kind !== 'cross') || isLevel(leaf.to)) return [];
  const [left, right] = [leaf.signal, leaf.to].map(printSignal);
  return sideRecipesOf(leaf).map((recipe, index) => ({ text: (index === 0 ? left : right) ?? '', recipe }));
}

function unitOf(to: Operand): string {
  return to.kind === 'number' ? to.unit : 'signal';
}

export function shapeOf(condition: Condition): Shape {
  const leaves: ShapeLeaf[] = [];
  let numbers = 0;
  const sequences: ThenNode[] = [];
  const nodeOf = (part: Condition, isPositive: boolean, isInSequence = false): ShapeNode => {
    if (part.kind === 'and' || part.kind === 'or')
      return { kind: part.kind, of: part.of.map((inner) => nodeOf(inner, isPositive, isInSequence)) };
    if (part.kind === 'not') return { kind: 'not', of: nodeOf(part.of, !isPositive, isInSequence) };
    if (part.kind === 'then') {
      const [first, second] = [nodeOf(part.first, isPositive, true), nodeOf(part.second, isPositive, true)];
      const then: ThenNode = { kind: 'then', first, second, withinMs: part.withinMs };
      sequences.push(then);
      return then;
    }
    if (part.kind === 'confirmed') throw new NotAvailable(part.kind);
    const state: ShapeLeaf = {
      index: leaves.length,
      leaf: part,
      number: numbers,
      hasTwo: part.kind === 'range' || part.kind === 'channel',
      around: textAround(part),
      recipe: recipeFor(part),
      base: part.kind === 'move' ? recipeOf(part.signal) : null,
      isEvent: false,
      ways: [],
      sides: sidesOf(part),
      others: [...instrumentsIn(recipeFor(part))].filter((symbol) => symbol !== null),
      isInSequence,
      isPositive,
    };
    const ways = statesAfter(part).map((after) => ({ ...state, leaf: after }));
    const leaf = { ...state, isEvent: isEvent(part), ways };
    leaves.push(leaf);
    numbers += leaf.hasTwo ? 2 : 1;
    return { kind: 'leaf', leaf };
  };
  const root = nodeOf(condition.kind === 'confirmed' ? condition.of : condition, true);
  const confirmation = condition.kind === 'confirmed' ? condition.by : null;
  const hasMoves = leaves.some(({ base }) => base !== null);
  const hasTrails = leaves.some(({ leaf }) => leaf.kind === 'trail');
  return {
    root,
    confirmation,
    leaves,
    sequences,
    hasSequences: sequences.length > 0,
    hasMoves,
    priceWindowMs: Math.max(0, ...leaves.map(({ recipe }) => priceWindowOf(recipe))),
    hasTrails,
    keepsMore: numbers > 1 || hasMoves || hasTrails || sequences.length > 0 || confirmation !== null,
    hasSilence: leaves.some(({ leaf }) => leaf.kind === 'no-data'),
  };
}

/** What lasts after an event: for a crossing that of the way up, then that of the way down. */
function statesAfter(leaf: Leaf): readonly Leaf[] {
  if (leaf.kind === 'channel') return [{ ...leaf, kind: 'range', op: leaf.op === 'enters' ? 'inside' : 'outside' }];
  if (leaf.kind !== 'cross') return [];
  const { signal, to } = leaf;
  return [
    { kind: 'compare', signal, op: '>=', to },
    { kind: 'compare', signal, op: '<=', to },
  ];
}

function textAround(leaf: Leaf): readonly [string, string] | null {
  if ((leaf.kind !== 'compare' && leaf.kind !== 'cross') || !isLevel(leaf.to)) return null;
  return [`${printOpening(leaf)} `, leaf.to.unit === 'percent' ? '%' : ''];
}

/** The leaf as this alert has it. */
export function leafWith({ leaf, number }: ShapeLeaf, numberAt: (index: number) => number): RunLeaf {
  const level = (of: Level, index: number): Level => ({ ...of, value: numberAt(index) });
  switch (leaf.kind) {
    case 'compare':
    case 'cross':
      return leaf.to.kind === 'number' ? { ...leaf, to: level(leaf.to, number) } : leaf;
    case 'range':
    case 'channel':
      return { ...leaf, low: level(leaf.low, number), high: level(leaf.high, number + 1) };
    case 'no-data':
      return leaf;
    case 'trail':
    case 'move':
      return { ...leaf, by: level(leaf.by, number) };
  }
}

export function conditionWith({ root, confirmation }: Shape, numberAt: (index: number) => number): Condition {
  const of = nodeWith(root, numberAt);
  return confirmation === null ? of : { kind: 'confirmed', of, by: confirmation };
}

export function nodeWith(node: ShapeNode, numberAt: (index: number) => number): Condition {
  switch (node.kind) {
    case 'leaf':
      return leafWith(node.leaf, numberAt);
    case 'not':
      return { kind: 'not', of: nodeWith(node.of, numberAt) };
    case 'then': {
      const [first, second] = [nodeWith(node.first, numberAt), nodeWith(node.second, numberAt)];
      return { kind: 'then', first, second, withinMs: node.withinMs };
    }
    default:
      return { kind: node.kind, of: node.of.map((part) => nodeWith(part, numberAt)) };
  }
}
