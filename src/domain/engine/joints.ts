/**
 * The alerts of an engine that look at other instruments beside their own: by what they look at, by instrument so that a
 * tick finds just those it may concern, and by id. An alert comes here and goes when its condition is changed.
 */
import type { AlertId } from '../alert/alert.ts';
import type { InstrumentSymbol } from '../market/instrument.ts';
import { priceWindowIn } from '../signal/past-needs.ts';
import { rowsOf } from './chunks.ts';
import type { Effect, PutRule } from './event.ts';
import { type JointChunks, type JointOf, jointName, jointOf, KeptJoint } from './kept-joint.ts';
import type { KeptWatch } from './kept-watch.ts';
import { tapeOf } from './policy.ts';
import type { Sharing } from './rule-writing.ts';

export class Joints {
  readonly #sharing: Sharing;
  readonly #watchOf: (symbol: InstrumentSymbol) => KeptWatch;
  readonly #byName = new Map<string, KeptJoint>();
  /** By instrument and alert. */
  readonly #byAlert = new Map<string, KeptJoint>();
  /** Keys of chunks that are gone since the last checkpoint. */
  readonly #gone = new Set<string>();

  constructor(sharing: Sharing, watchOf: (symbol: InstrumentSymbol) => KeptWatch) {
    this.#sharing = sharing;
    this.#watchOf = watchOf;
  }

  get all(): IterableIterator<KeptJoint> {
    return this.#byName.values();
  }

  /** Where an alert is; undefined where it looks at its own instrument only. */
  of(symbol: InstrumentSymbol, id: AlertId): KeptJoint | undefined {
    return this.#byAlert.size === 0 ? undefined : this.#byAlert.get(`${symbol}/${id}`);
  }

  /** As a checkpoint had it; after all instruments have been brought back. */
  restore(chunks: JointChunks): void {
    const { joint, alerts } = chunks;
    const kept = this.#add(joint.of, chunks);
    kept.hasChanged = false;
    for (const chunk of alerts)
      for (const { id } of rowsOf(chunk)) this.#byAlert.set(`${joint.of.own.symbol}/${id}`, kept);
  }

  /** A rule that looks at others, or whose alert did until now. */
  put(event: PutRule, clock: number, out: Effect[]): void {
    const { symbol, rule } = event;
    const home = this.#watchOf(symbol);
    const from = this.of(symbol, rule.alertId) ?? home;
    const isJoint = rule.others !== undefined && rule.others.length > 0;
    const to = isJoint ? (this.#byName.get(jointName(jointOf(rule))) ?? this.#add(jointOf(rule))) : home;
    const nowOf = (place: { readonly lastAt: number }): number => timeOf(event, clock, place);
    const [old, next] = [watchIn(from), watchIn(to)];
    if (old !== next) old.pass(nowOf(from instanceof KeptJoint ? from : old), out);
    const now = nowOf(to instanceof KeptJoint ? to : next);
    next.pass(now, out);
    const known = Math.max(old.versionOf(rule.alertId) ?? -1, home.settled.removed.get(rule.alertId) ?? -1);
    if (rule.version > known) {
      const epoch = old === next ? undefined : old.give(rule.alertId);
      const isOver = rule.expiresAt !== null && rule.expiresAt <= now;
      if (to instanceof KeptJoint && !isOver) this.#recall(event, to, clock, out);
      next.put(to instanceof KeptJoint ? { ...event, past: [] } : event, now, out, epoch);
      if (to instanceof KeptJoint) this.#byAlert.set(`${symbol}/${rule.alertId}`, to);
      else this.#byAlert.delete(`${symbol}/${rule.alertId}`);
    }
    for (const place of new Set([from, to])) {
      place.hasChanged = true;
      if (place instanceof KeptJoint) this.#tidy(place);
    }
  }

  /** False where the alert is not here. */
  remove(symbol: InstrumentSymbol, id: AlertId, version: number): boolean {
    const place = this.of(symbol, id);
    if (place === undefined) return false;
    if (version < (place.watch.versionOf(id) ?? -1)) return true;
    const home = this.#watchOf(symbol);
    place.watch.give(id);
    home.settled.noteRemoved(id, version);
    home.hasRemoved = true;
    home.hasChanged = true;
    place.hasChanged = true;
    this.#byAlert.delete(`${symbol}/${id}`);
    this.#tidy(place);
    return true;
  }

  *eachChange(): Generator<readonly [key: string, chunk: unknown]> {
    const gone = [...this.#gone];
    this.#gone.clear();
    for (const key of gone) yield [key, undefined];
    // One of the same name may have come since.
    for (const joint of this.all) yield* joint.eachChange();
  }

  snapshot(chunks: Map<string, unknown>): void {
    for (const joint of this.all) joint.snapshot(chunks);
  }

  /** What its windows need of the past goes to the tapes of their instruments. */
  #recall(event: PutRule, { of, members }: KeptJoint, clock: number, out: Effect[]): void {
    const { rule, past = [], elsewhere = {} } = event;
    for (const [index, { symbol, calendar }] of [of.own, ...of.others].entries()) {
      const brought = index === 0 ? past : (elsewhere[symbol]?.past ?? []);
      const windowMs = priceWindowIn(rule.condition, index === 0 ? null : symbol);
      const watch = members[index]?.settled;
      if (watch === undefined || brought.length === 0) continue;
      watch.recall(tapeOf({ ...of, calendar }), brought, windowMs, timeOf(event, clock, watch), out);
    }
  }

  #add(of: JointOf, chunks?: JointChunks): KeptJoint {
    const joint = new KeptJoint(of, this.#sharing, this.#watchOf, chunks);
    this.#byName.set(joint.name, joint);
    for (const member of joint.members)
      member.joints = [...member.joints, joint].sort((a, b) => (a.name < b.name ? -1 : 1));
    return joint;
  }

  /** Without alerts there is nothing to keep. */
  #tidy(joint: KeptJoint): void {
    // Their tapes know which signals are in use.
    for (const member of joint.members) member.hasChanged = true;
    if (!joint.isEmpty) return;
    this.#byName.delete(joint.name);
    this.#gone.add(joint.name);
    joint.forget();
    for (const [key] of joint.eachChange()) this.#gone.add(key);
    for (const member of joint.members) member.joints = member.joints.filter((other) => other !== joint);
  }
}

/** Now, as far as the instruments of a place have told. */
function timeOf({ at = 0 }: PutRule, clock: number, { lastAt }: { readonly lastAt: number }): number {
  const seen = Math.max(clock, lastAt);
  return seen > 0 ? seen : at;
}

function watchIn(place: KeptWatch | KeptJoint) {
  return place instanceof KeptJoint ? place.watch : place.settled;
}
