/**
 * The alerts of a watch as chunks that can be saved and brought back: which of them have changed, what is in them, and
 * the table that is made of them again.
 */
import { AlertTable } from './alert-table.ts';
import {
  type AlertRow,
  type AlertRowsChunk,
  type AlertsChunk,
  alertsChunk,
  alertsKey,
  BUCKET_SLOTS,
  rowsOf,
} from './chunks.ts';
import type { InstrumentWatch } from './instrument-watch.ts';
import { type Sharing, sharedPolicy, sharedShape } from './rule-writing.ts';

export class KeptAlerts {
  readonly #name: string;
  readonly #buckets = new Set<number>();
  /** Of the last change: the next one is mostly of the same. */
  #lastBucket = -1;

  /** `name`: what the keys of its chunks begin with. */
  constructor(name: string) {
    this.#name = name;
  }

  changed(slot: number): void {
    const bucket = Math.floor(slot / BUCKET_SLOTS);
    if (bucket === this.#lastBucket) return;
    this.#lastBucket = bucket;
    this.#buckets.add(bucket);
  }

  /** What has changed since the last call; undefined for a chunk that is gone. */
  *eachChange(watch: InstrumentWatch): Generator<readonly [key: string, chunk: unknown]> {
    if (this.#buckets.size === 0) return;
    const buckets = [...this.#buckets];
    this.#buckets.clear();
    this.#lastBucket = -1;
    for (const bucket of buckets) yield [alertsKey(this.#name, bucket), chunkOf(watch, bucket)];
  }

  snapshot(watch: InstrumentWatch, chunks: Map<string, unknown>): void {
    for (let bucket = 0; bucket * BUCKET_SLOTS < watch.table.end; bucket += 1) {
      const alerts = chunkOf(watch, bucket);
      if (alerts !== undefined) chunks.set(alertsKey(this.#name, bucket), alerts);
    }
  }
}

function chunkOf(watch: InstrumentWatch, bucket: number): AlertsChunk | undefined {
  return alertsChunk(watch.table, bucket, (slot) => watch.tape(slot).pending.has(slot));
}

/** The alerts of all chunks; `pending` is told of each that the next tick decides. */
export function tableOf(
  chunks: readonly (AlertsChunk | AlertRowsChunk)[],
  sharing: Sharing,
  pending: (table: AlertTable, slot: number) => void,
): AlertTable {
  const table = new AlertTable(sharing.kinds);
  // Each chunk has its slots in order and apart from those of the others.
  const firstSlot = (chunk: AlertsChunk | AlertRowsChunk): number =>
    ('alerts' in chunk ? chunk.alerts[0]?.slot : chunk.slot[0]) ?? 0;
  for (const chunk of chunks.toSorted((a, b) => firstSlot(a) - firstSlot(b)))
    fill(table, chunk, sharing, ({ slot }) => pending(table, slot));
  return table;
}

function fill(
  table: AlertTable,
  chunk: AlertsChunk | AlertRowsChunk,
  sharing: Sharing,
  pending: (row: AlertRow) => void,
): void {
  const shapes = chunk.shapes.map((template) => sharedShape(sharing, template, []));
  const policies = chunk.policies.map((said) => sharedPolicy(sharing, said));
  for (const row of rowsOf(chunk)) {
    const { slot } = row;
    const shape = shapes[row.shape];
    const policy = policies[row.policy];
    if (shape === undefined || policy === undefined) throw new Error(`the checkpoint of alert ${row.id} is broken`);
    table.takeAt(slot, row.id);
    table.setVersion(slot, row.version);
    table.setEpoch(slot, row.epoch);
    table.setStatus(slot, row.status);
    table.setArmedAt(slot, row.armedAt);
    table.setWasFalse(slot, row.wasFalse === true);
    table.setKind(slot, { shape, policy });
    table.setNumbers(slot, row.numbers);
    table.setExpiresAt(slot, row.expiresAt);
    table.setCooldownUntil(slot, row.cooldownUntil);
    if (row.remindAt !== undefined) table.remindAt.set(slot, row.remindAt);
    if (row.trails !== undefined) table.trailIds.set(slot, row.trails);
    if (row.anchor !== undefined) table.anchors.set(slot, structuredClone(row.anchor));
    if (row.marks !== undefined) table.marks.set(slot, row.marks);
    if (row.close !== undefined) table.closes.set(slot, row.close);
    if (row.hold !== undefined) table.holds.set(slot, row.hold);
    if (row.pending) pending(row);
  }
}
