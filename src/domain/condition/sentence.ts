/**
 * A condition as one plain English sentence: "Tells you when BTC-USDT crosses above 61,600 USDT." It says exactly what
 * the condition says, so that a mistake in the text shows before the alert is saved.
 */
import type { Comparison, Condition, Leaf, Level, Signal } from './tree.ts';
import { durationAsAdjective, durationInWords, levelInWords } from './wording.ts';

/** The instrument the condition watches. */
export interface SentenceSubject {
  readonly symbol: string;
  /** Said before the symbol where it is given: `Apple (AAPL)`. */
  readonly name?: string;
  readonly currency?: string;
}

export function sentenceFor(condition: Condition, subject: SentenceSubject): string {
  const { symbol, name = '', currency = '' } = subject;
  const speaker = new Speaker(name === '' || name === symbol ? symbol : `${name} (${symbol})`, currency);
  return `Tells you when ${speaker.clause(condition, true, 0)}.`;
}

const COMPARED: Readonly<Record<Comparison, string>> = {
  '>': 'above',
  '>=': 'at or above',
  '<': 'below',
  '<=': 'at or below',
};
const OPPOSITE: Readonly<Record<Comparison, Comparison>> = { '>': '<=', '>=': '<', '<': '>=', '<=': '>' };

class Speaker {
  private readonly name: string;
  private readonly currency: string;
  /** The name is said once; after that it is "it". */
  private isNamed = false;

  constructor(name: string, currency: string) {
    this.name = name;
    this.currency = currency;
  }

  /** `wanted` false says the opposite; `not` never reaches the reader as "it is not so that". */
  clause(condition: Condition, wanted: boolean, depth: number): string {
    switch (condition.kind) {
      case 'not':
        return this.clause(condition.of, !wanted, depth);
      case 'and':
      case 'or':
        return this.list(condition.of, wanted, depth, (condition.kind === 'and') === wanted ? 'and' : 'or');
      default:
        return this.leaf(condition, wanted);
    }
  }

  private list(of: readonly Condition[], wanted: boolean, depth: number, word: 'and' | 'or'): string {
    const parts = of.map((part) => this.clause(part, wanted, depth + 1));
    const hasGroups = of.some(isGroup);
    const last = parts.at(-1) ?? '';
    const rest = parts.slice(0, -1);
    const joined = `${rest.join(', ')}${hasGroups ? ',' : ''} ${word} ${last}`;
    if (depth === 0) return joined;
    if (depth > 1 || hasGroups) return `(${joined})`;
    if (word === 'or') return `either ${joined}`;
    return parts.length === 2 ? `both ${joined}` : `all of ${joined}`;
  }

  private leaf(leaf: Leaf, wanted: boolean): string {
    const { signal } = leaf;
    const who = this.who(signal);
    const say = (level: Level): string => levelInWords(level, signal, this.currency);
    const bare = (level: Level): string => levelInWords(level, signal);
    switch (leaf.kind) {
      case 'compare':
        return `${who} is ${COMPARED[wanted ? leaf.op : OPPOSITE[leaf.op]]} ${say(leaf.to)}`;
      case 'range':
        return (leaf.op === 'inside') === wanted
          ? `${who} is between ${bare(leaf.low)} and ${say(leaf.high)}`
          : `${who} is outside the range from ${bare(leaf.low)} to ${say(leaf.high)}`;
      case 'cross': {
        const verb = wanted ? 'crosses' : 'does not cross';
        if (leaf.direction === 'either') return `${who} ${verb} ${say(leaf.to)}, upwards or downwards`;
        return `${who} ${verb} ${leaf.direction} ${say(leaf.to)}`;
      }
      case 'channel': {
        const verb = wanted ? leaf.op : `does not ${leaf.op.slice(0, -1)}`;
        return `${who} ${verb} the range from ${bare(leaf.low)} to ${say(leaf.high)}`;
      }
      case 'move': {
        const verb = { any: 'move', rise: 'rise', fall: 'fall' }[leaf.direction];
        const ways = leaf.direction === 'any' ? ', up or down,' : '';
        const size = `${say(leaf.by)} or more${ways} within ${durationInWords(leaf.windowMs)}`;
        return `${who} ${wanted ? `${verb}s` : `does not ${verb}`} by ${size}`;
      }
    }
  }

  private who(signal: Signal): string {
    const isNamed = this.isNamed;
    this.isNamed = true;
    const its = (thing: string): string => (isNamed ? `its ${thing}` : `the ${thing} of ${this.name}`);
    switch (signal.kind) {
      case 'price':
        return isNamed ? 'it' : this.name;
      case 'volume':
        return its('traded volume');
      case 'change':
        return its(`${durationAsAdjective(signal.windowMs)} change`);
      case 'abs':
        this.isNamed = isNamed;
        return `${this.who(signal.of)}, up or down,`;
    }
  }
}

function isGroup(condition: Condition): boolean {
  return condition.kind === 'not' ? isGroup(condition.of) : condition.kind === 'and' || condition.kind === 'or';
}
