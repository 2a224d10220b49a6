/**
 * The number of partitions may change when the program moves to another bus: what is known of each instrument then goes to
 * the partition that its prices come by, or its alerts would wait in one that never hears of it.
 */
import type { Bus } from '#contracts/bus.ts';
import type { Log } from '#contracts/log.ts';
import type { CheckpointStore } from '#contracts/store/checkpoints.ts';
import { symbolsOf } from '#domain/engine/chunk-symbols.ts';
import { Failure } from '#errors.ts';
import { DUTY_CHUNK } from './partition.ts';

export async function divide(
  bus: Pick<Bus, 'partitions' | 'partitionOf'>,
  checkpoints: CheckpointStore,
  log: Log,
): Promise<void> {
  const partitions = bus.partitions('stock-prices');
  const all = Array.from({ length: partitions }, (_, number) => number);
  const hasMoved = await checkpoints.divide(partitions, (key, from) => {
    // Duties are numbered by part.
    if (key === DUTY_CHUNK) return from < partitions ? [from] : [];
    const symbols = symbolsOf(key);
    const places = [...new Set(symbols.map((symbol) => bus.partitionOf('stock-prices', symbol)))];
    if (places.length > 1)
      throw new Failure(
        'conflict',
        `with BUS_PARTITIONS=${partitions} the instruments that one alert looks at would be evaluated apart: ` +
          `${symbols.join(' and ')}. Set the number from before, or remove such alerts first.`,
      );
    return symbols.length === 0 ? all : places;
  });
  if (hasMoved)
    log.info({ partitions }, 'the number of partitions is another: the state of each instrument went along');
}
