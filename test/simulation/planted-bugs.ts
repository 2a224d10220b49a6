/**
 * Mistakes that would cost users alerts, one edit of the source each. The simulation must catch every one of them: what
 * proves the program proves itself here. An edit whose text is no longer in the file fails loudly.
 */
export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  readonly edits: readonly (readonly [from: string, to: string])[];
  /** Where the hunt begins, if not at 1: near one that found it, so that nobody waits for all those before that do not. */
  readonly seed?: number;
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'triggers are let go when the store does not answer at once',
    seed: 14,
    file: 'src/roles/evaluate/settlement.ts',
    edits: [
      [
        'triggers.record(some, evaluatedAt, traceparents),',
        'triggers.record(some, evaluatedAt).catch(() => ({ triggers: [], alerts: [], deliveries: [] })),',
      ],
    ],
  },
  {
    name: 'a checkpoint claims to have read one message more',
    file: 'src/roles/evaluate/partition.ts',
    edits: [
      ['checkpoints.save(this.number, nextOffset, changes)', 'checkpoints.save(this.number, nextOffset + 1, changes)'],
    ],
  },
  {
    name: 'a checkpoint forgets cooldowns',
    file: 'src/domain/engine/chunks.ts',
    edits: [['...(cooldownUntil === undefined ? {} : { cooldownUntil }),', '']],
  },
  {
    name: 'a checkpoint forgets the number of the arming',
    file: 'src/domain/engine/chunks.ts',
    edits: [['epoch: column((slot) => table.epoch(slot)),', 'epoch: 1,']],
  },
  {
    name: 'a checkpoint forgets that a condition was false since the firing',
    file: 'src/domain/engine/chunks.ts',
    edits: [['...(table.wasFalse(slot) ? { wasFalse: true as const } : {}),', '']],
  },
  {
    name: 'a checkpoint forgets since when a condition has held',
    seed: 17,
    file: 'src/domain/engine/chunks.ts',
    edits: [['...(hold === undefined ? {} : { hold }),', '']],
  },
  {
    name: 'a checkpoint forgets the closes that crossings compare with',
    seed: 17,
    file: 'src/domain/engine/chunks.ts',
    edits: [['...(close === undefined ? {} : { close }),', '']],
  },
  {
    name: 'a checkpoint forgets what signals were before',
    file: 'src/domain/engine/tape.ts',
    edits: [['histories: this.pasts.state(),', 'histories: {},']],
  },
  {
    name: 'a checkpoint forgets alerts that look at other instruments',
    file: 'src/domain/engine/joints.ts',
    edits: [['for (const joint of this.all) yield* joint.eachChange();', '']],
  },
  {
    name: 'rule changes are marked as published before they are',
    file: 'src/roles/gateway/outbox-relay.ts',
    edits: [
      ['await alerts.markPublished(ids);', ''],
      ['await bus.publish(', 'await alerts.markPublished(ids);\n        await bus.publish('],
    ],
  },
  {
    name: 'the bus acknowledges what is not durable yet',
    file: 'src/adapters/bus/memory/publisher.ts',
    edits: [['await append(rows.map(({ row }) => row));', 'void append(rows.map(({ row }) => row));']],
  },
  {
    name: 'the bus writes again what was written, its answer lost',
    seed: 4,
    file: 'src/adapters/bus/memory/publisher.ts',
    edits: [['if (attempt > 0 && (await isThere(rows))) return;', '']],
  },
  {
    name: 'triggers that are stored are stored again',
    file: 'src/adapters/store/sql/triggers.ts',
    edits: [[' on conflict (id) do nothing returning id, seq', ' returning id, seq']],
  },
  {
    name: 'an instrument that leaves a watchlist is watched on',
    file: 'src/adapters/store/sql/alert-members.ts',
    edits: [['inOrder(rows).map(({ id, symbol }) => ({', 'inOrder([]).map(({ id, symbol }) => ({']],
  },
  {
    name: 'an instrument that comes back to a watchlist has the number it had',
    file: 'src/adapters/store/sql/alert-members.ts',
    edits: [['memberId(alert.id, before + place + 1)', 'memberId(alert.id, Number(symbol.charCodeAt(4)))']],
  },
  {
    name: 'what a member fired is dropped',
    file: 'src/adapters/store/sql/triggers.ts',
    edits: [['alerts.get(membersAfter.get(rule)?.alertId ?? rule)', 'alerts.get(rule)']],
  },
  {
    name: 'history skips a message after every restart',
    file: 'src/roles/record/record.ts',
    edits: [
      ['store.prices.record(partition, nextOffset, ticks,', 'store.prices.record(partition, nextOffset + 1, ticks,'],
    ],
  },
  {
    name: 'a crash between recording and its commit stops all prices',
    seed: 12,
    file: 'src/roles/record/record.ts',
    edits: [["if (place !== undefined) await bus.commit('stock-prices', GROUP, partition, place.offset);", '']],
  },
  {
    name: 'a delivery that was in hand when the program died is left there',
    file: 'src/adapters/store/sql/deliveries.ts',
    edits: [['from deliveries where due_at <=', "from deliveries where status <> 'sending' and due_at <="]],
  },
  {
    name: 'an accepted delivery goes back to the queue',
    file: 'src/roles/notify/courier.ts',
    edits: [
      [
        'settled.push({ delivery, added:',
        "settled.push({ delivery: delivery.attempts.length > 1 ? delivery : { ...delivery, status: 'retrying', nextAttemptAt: delivery.updatedAt + 1_000 }, added:",
      ],
    ],
  },
  {
    name: 'every attempt has an idempotency key of its own',
    file: 'src/roles/notify/notification.ts',
    edits: [['idempotencyKey: delivery.id,', 'idempotencyKey: delivery.id + delivery.attempts.length,']],
  },
];
