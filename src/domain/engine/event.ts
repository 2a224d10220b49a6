/**
 * What goes into the engine and what comes out. The log of a partition is a sequence of engine events, and the engine
 * is a pure fold over it: the same log gives the same effects, on any machine, at any speed.
 */
import type { AlertId, AlertPolicy, AlertStatus } from '../alert/alert.ts';
import type { Trigger } from '../alert/trigger.ts';
import type { Condition } from '../condition/tree.ts';
import type { Candle } from '../market/candle.ts';
import type { CalendarId, InstrumentSymbol } from '../market/instrument.ts';
import type { Tick } from '../market/tick.ts';
import type { BarSize } from '../signal/bar/bar.ts';

/** An instrument that an alert looks at beside its own. */
export interface OtherInstrument {
  readonly symbol: InstrumentSymbol;
  readonly calendar: CalendarId;
  readonly staleAfterMs: number;
}

/** All the engine needs to know of an alert. */
export interface Rule extends AlertPolicy {
  readonly alertId: AlertId;
  readonly version: number;
  readonly symbol: InstrumentSymbol;
  readonly condition: Condition;
  readonly paused: boolean;
  /** The instrument's hours and how long a silence must be to count as a gap. */
  readonly calendar: CalendarId;
  readonly staleAfterMs: number;
  /** What the condition looks at beside its own instrument, each once, by symbol; absent where there is nothing. */
  readonly others?: readonly OtherInstrument[];
}

/**
 * What was traded before, for bars of each size: candles in order, none longer than such a bar, up to the event. All of
 * it was in the log before the event, or before the log began.
 */
export type BarHistory = Readonly<Partial<Record<BarSize, readonly Candle[]>>>;

/** What the price was at some times before the event, oldest first, within the hours of the rule. */
export type PastPrices = readonly (readonly [at: number, price: number])[];

/** Of what was traded before the event, what a rule needs to be known at once; without it, it waits. */
export interface Past {
  /** For its indicators. */
  readonly history?: BarHistory;
  /** For its windows. */
  readonly past?: PastPrices;
}

export type EngineEvent =
  | { readonly kind: 'tick'; readonly tick: Tick }
  /** Time has come this far and every earlier tick is before this event in the log. Closes cooldowns and expiries. */
  | { readonly kind: 'clock'; readonly at: number }
  /** The source lost sight of the instrument between these times. */
  | {
      readonly kind: 'gap';
      readonly symbol: InstrumentSymbol;
      readonly from: number;
      readonly to: number;
      readonly reason: string;
    }
  | (Past & {
      readonly kind: 'put-rule';
      readonly symbol: InstrumentSymbol;
      readonly rule: Rule;
      /** Market time of the change; counts only before the log's first tick or clock mark. */
      readonly at?: number;
      /** The same of the other instruments, by symbol. */
      readonly elsewhere?: Readonly<Record<string, Past>>;
    })
  | {
      readonly kind: 'remove-rule';
      readonly symbol: InstrumentSymbol;
      readonly alertId: AlertId;
      readonly version: number;
    };

export type PutRule = Extract<EngineEvent, { readonly kind: 'put-rule' }>;

export type Effect =
  | { readonly kind: 'trigger'; readonly trigger: Trigger }
  /** An alert's state has changed: it was armed, cools down, is done, has expired. `at` is engine time. */
  | {
      readonly kind: 'alert-state';
      readonly alertId: AlertId;
      readonly version: number;
      readonly status: AlertStatus;
      readonly epoch: number;
      readonly at: number;
    };
