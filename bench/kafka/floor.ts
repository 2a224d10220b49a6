/**
 * The Kafka client alone, as a process of its own: reads all of `stock-prices` once, and a second time with each record
 * decoded, and says how many processor seconds that took. What lies above it is the evaluate role's.
 */
import { readAddress } from '#adapters/bus/kafka/address.ts';
import { decode } from '#adapters/bus/kafka/decode.ts';
import { openFeed } from '#adapters/bus/kafka/feed.ts';
import { systemClock } from '#adapters/host/clock.ts';
import { silentLog } from '#contracts/log.ts';
import { spentSeconds } from '../harness.ts';

const [, busUrl = '', records = '0'] = process.argv.slice(2);
const address = readAddress(busUrl);

async function read(take: (record: Parameters<typeof decode>[0]) => void): Promise<number> {
  let left = Number(records);
  let began = 0;
  const done = Promise.withResolvers<void>();
  const feed = await openFeed({
    ...{ address, clock: systemClock, log: silentLog, name: 'floor', groupId: `${address.prefix}floor` },
    received(messages) {
      for (const message of messages) take(message);
      left -= messages.length;
      if (left <= 0) done.resolve();
    },
  });
  began = spentSeconds();
  feed.consumer.assign([{ topic: `${address.prefix}stock-prices`, partition: 0, offset: 0 }]);
  await done.promise;
  const seconds = spentSeconds() - began;
  await feed.close();
  return seconds;
}

const reading = await read(() => {});
const decoding = await read((record) => void decode(record, 0));
console.log(JSON.stringify({ reading, decoding }));
process.exit(0);
