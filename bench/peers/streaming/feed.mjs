// What every peer is told over standard input, and the update it then sends.
import { createInterface } from 'node:readline';

function priceOf(symbol, price) {
  return {
    ...{ symbol: `S${symbol}`, price, volume: 1, at: 1700000000000, receivedAt: 1700000000000, source: 'bench' },
  };
}

/** Says where the server listens, then calls `tick` for each update that is asked for. */
export function serve(server, tick) {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    console.log(JSON.stringify({ port: server.address().port }));
  });
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const [command, from, to, us] = line.split(' ');
    if (command !== 'tick') return;
    for (let symbol = Number(from); symbol < Number(to); symbol += 1) tick(priceOf(symbol, Number(us)));
  });
  lines.on('close', () => process.exit(0));
}
