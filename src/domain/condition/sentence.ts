/**
 * A condition as one plain English sentence: "Tells you when BTC-USDT crosses above 61,600 USDT." It says exactly what
 * the condition says, so that a mistake in the text shows before the alert is saved.
 */
import { isLevel } from './leaves.ts';
import type { Comparison, Condition, Confirmation, Leaf, Level, Operand, Signal } from './tree.ts';
import { barAsAdjective, durationAsAdjective, durationInWords, indicatorInWords, levelInWords } from './wording.ts';

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
      case 'confirmed':
        return `${this.clause(condition.of, wanted, depth)}${confirmedWords(condition.by)}`;
      case 'then': {
        const first = this.clause(condition.first, wanted, depth + 1);
        const second = this.clause(condition.second, wanted, depth + 1);
        const both = `${first}, and then, within ${durationInWords(condition.withinMs)}, ${second}`;
        return depth === 0 ? both : `(${both})`;
      }
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
    if (leaf.kind === 'no-data') {
      const silence = `for ${durationInWords(leaf.forMs)} in open hours`;
      const which = this.which();
      return wanted
        ? `no price of ${which} has come ${silence}`
        : `prices of ${which} have not been missing ${silence}`;
    }
    const { signal } = leaf;
    const who = this.who(signal);
    const other = (to: Operand): string =>
      isLevel(to) ? levelInWords(to, signal, this.currency) : to.kind === 'price' ? this.side(to) : this.who(to);
    const say = (level: Level): string => levelInWords(level, signal, this.currency);
    const bare = (level: Level): string => levelInWords(level, signal);
    switch (leaf.kind) {
      case 'compare':
        return `${who} is ${COMPARED[wanted ? leaf.op : OPPOSITE[leaf.op]]} ${other(leaf.to)}`;
      case 'range':
        return (leaf.op === 'inside') === wanted
          ? `${who} is between ${bare(leaf.low)} and ${say(leaf.high)}`
          : `${who} is outside the range from ${bare(leaf.low)} to ${say(leaf.high)}`;
      case 'cross': {
        const verb = wanted ? 'crosses' : 'does not cross';
        if (leaf.direction === 'either') return `${who} ${verb} ${other(leaf.to)}, upwards or downwards`;
        return `${who} ${verb} ${leaf.direction} ${other(leaf.to)}`;
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
      case 'trail': {
        const isFall = leaf.direction === 'fall';
        const extreme = isFall ? 'below its highest' : 'above its lowest';
        return `${who} is ${wanted ? '' : 'not '}${say(leaf.by)} or more ${extreme} value since the alert was armed`;
      }
    }
  }

  private who(signal: Signal): string {
    const isNamed = this.isNamed;
    this.isNamed = true;
    const its = (thing: string): string => (isNamed ? `its ${thing}` : `the ${thing} of ${this.name}`);
    const within = (part: Signal): string => {
      this.isNamed = isNamed;
      return this.who(part);
    };
    switch (signal.kind) {
      case 'price':
        return isNamed ? 'it' : this.name;
      case 'volume':
        return its('traded volume');
      case 'change':
        return its(`${durationAsAdjective(signal.windowMs)} change`);
      case 'abs':
        return `${within(signal.of)}, up or down,`;
      case 'bar-volume':
        return its(`${barAsAdjective(signal.barMs)} volume`);
      case 'extreme':
        return its(`${signal.windowMs === null ? 'all-time' : durationAsAdjective(signal.windowMs)} ${signal.of}`);
      case 'day':
        return its(signal.of === 'gap' ? 'opening gap' : signal.of);
      case 'since':
        return its(`change since ${signal.of === 'open' ? 'the open' : 'the previous close'}`);
      case 'indicator':
        return its(indicatorInWords(signal));
      case 'average':
        return `the average of ${within(signal.of)} over ${signal.count} bars`;
      case 'other': {
        this.isNamed = isNamed;
        return new Speaker(signal.symbol, '').who(signal.of);
      }
      case 'arithmetic': {
        this.isNamed = isNamed;
        const words = { '+': 'plus', '-': 'minus', '*': 'times', '/': 'divided by' }[signal.op];
        return `${this.side(signal.left)} ${words} ${this.side(signal.right)}`;
      }
    }
  }

  /** A part of a calculation. */
  private side(side: Operand): string {
    if (isLevel(side)) return levelInWords(side, { kind: 'volume' });
    if (side.kind !== 'price') return side.kind === 'arithmetic' ? `(${this.who(side)})` : this.who(side);
    return this.isNamed ? 'its price' : `the price of ${this.which()}`;
  }

  private which(): string {
    const isNamed = this.isNamed;
    this.isNamed = true;
    return isNamed ? 'it' : this.name;
  }
}

function confirmedWords(by: Confirmation): string {
  switch (by.kind) {
    case 'time':
      return `, and that stays so for ${durationInWords(by.ms)}`;
    case 'ticks':
      return `, and that stays so for ${by.count} prices in a row`;
    case 'close':
      return `, judged at the close of each ${barAsAdjective(by.barMs)} bar`;
  }
}

function isGroup(condition: Condition): boolean {
  return condition.kind === 'not' ? isGroup(condition.of) : condition.kind === 'and' || condition.kind === 'or';
}
