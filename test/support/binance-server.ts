/**
 * Binance's market data as far as the tests need it: a local server that plays recorded frames to whoever is connected
 * and keeps the history of what it has played. The test decides when: it can cut, stall, flood, send rubbish and refuse.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { type WebSocket, WebSocketServer } from 'ws';

export interface RecordedTrade {
  readonly pair: string;
  readonly id: number;
  readonly price: string;
  readonly size: string;
  readonly at: number;
  readonly maker: boolean;
  /** The frame as it was recorded. */
  readonly frame: string;
}

export interface Refusal {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The trades of a recording of `<rx_ns> <frame>` lines. */
export function recordedTrades(path: string): RecordedTrade[] {
  return gunzipSync(readFileSync(path))
    .toString()
    .split('\n')
    .filter((line) => line.includes('@trade"'))
    .map((line) => {
      const frame = line.slice(line.indexOf(' ') + 1);
      const { s, t, p, q, T, m } = JSON.parse(frame).data;
      return { pair: s, id: t, price: p, size: q, at: T, maker: m, frame };
    });
}

/** A trade frame in Binance's form. */
export function tradeFrame(pair: string, id: number, price: string, size: string, at: number, maker = true): string {
  return JSON.stringify({
    stream: `${pair.toLowerCase()}@trade`,
    data: { e: 'trade', E: at, s: pair, t: id, p: price, q: size, T: at, m: maker, M: true },
  });
}

export class BinanceServer {
  readonly requests: string[] = [];
  /** Paths of every connection that was tried. */
  readonly handshakes: string[] = [];
  refuseConnections: Refusal | null = null;
  refuseHistory: Refusal | null = null;
  /** Trades the history does not know of yet, counted from the newest. */
  historyBehind = 0;
  private readonly trades: readonly RecordedTrade[];
  private played = 0;
  private readonly http: Server;
  private readonly sockets = new WebSocketServer({ noServer: true });
  private readonly waiting = new Set<() => void>();

  private constructor(trades: readonly RecordedTrade[]) {
    this.trades = trades;
    this.http = createServer((request, response) => {
      this.requests.push(request.url as string);
      const refusal = this.refuseHistory;
      const body = refusal ? (refusal.body ?? '') : JSON.stringify(this.aggregates(request.url as string));
      response.writeHead(refusal?.status ?? 200, { 'content-type': 'application/json', ...refusal?.headers });
      response.end(body);
      this.changed();
    });
    this.http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.handshakes.push(request.url as string);
      socket.on('error', () => {});
      const refusal = this.refuseConnections;
      if (refusal !== null) {
        const headers = Object.entries({ 'content-length': String((refusal.body ?? '').length), ...refusal.headers });
        const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
        socket.end(`HTTP/1.1 ${refusal.status} Refused\r\n${lines}\r\n${refusal.body ?? ''}`);
        this.changed();
        return;
      }
      this.sockets.handleUpgrade(request, socket, head, (client) => {
        client.on('error', () => {});
        client.on('close', () => this.changed());
        Object.assign(client, { streams: new Set(new URL(`ws://x${request.url}`).search.slice(9).split('/')) });
        this.changed();
      });
    });
  }

  static async start(trades: readonly RecordedTrade[]): Promise<BinanceServer> {
    const server = new BinanceServer(trades);
    await new Promise<void>((listening) => server.http.listen(0, '127.0.0.1', listening));
    return server;
  }

  get endpoint(): string {
    return `ws://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }
  get restEndpoint(): string {
    return this.endpoint.replace('ws:', 'http:');
  }
  get connections(): number {
    return this.sockets.clients.size;
  }
  /** How far the recording has been played. */
  get position(): number {
    return this.played;
  }

  /** Resolves as soon as something that happened here makes `is` true. */
  async until(is: () => boolean): Promise<void> {
    while (!is()) await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  /** The market goes on by `count` trades; who is connected sees those it asked for. */
  play(count: number): void {
    const end = Math.min(this.trades.length, this.played + count);
    for (; this.played < end; this.played += 1) this.send((this.trades[this.played] as RecordedTrade).frame);
  }

  /** To everybody, or to the connection that was made at this place among those open. */
  send(text: string, to?: number): void {
    const stream = /"stream":"([^"]+)"/.exec(text)?.[1];
    for (const [index, client] of [...this.sockets.clients].entries()) {
      const { streams } = client as WebSocket & { streams: Set<string> };
      if ((to === undefined || to === index) && (stream === undefined || streams.has(stream))) client.send(text);
    }
  }

  /** Ends all connections, without a word or with one; or only those that asked for a stream. */
  cut(code?: number, stream?: string): void {
    for (const client of this.sockets.clients) {
      if (stream !== undefined && !(client as WebSocket & { streams: Set<string> }).streams.has(stream)) continue;
      if (code === undefined) client.terminate();
      else client.close(code);
    }
  }

  ping(): Promise<void> {
    return new Promise((answered) => {
      const [client] = this.sockets.clients;
      (client as WebSocket).once('pong', () => answered());
      (client as WebSocket).ping('1723161255');
    });
  }

  async close(): Promise<void> {
    for (const client of this.sockets.clients) client.terminate();
    this.sockets.close();
    this.http.closeAllConnections();
    await new Promise((closed) => this.http.close(closed));
  }

  /** Fills of one order at one price and time, as `/api/v3/aggTrades` gives them. */
  private aggregates(url: string): object[] {
    const query = new URL(`http://x${url}`).searchParams;
    const known = this.trades
      .slice(0, this.played - this.historyBehind)
      .filter(({ pair }) => pair === query.get('symbol'));
    const found: { a: number; p: string; q: string; f: number; l: number; T: number; m: boolean; M: boolean }[] = [];
    for (const { id, price, size, at, maker } of known) {
      const last = found.at(-1);
      if (last && last.p === price && last.T === at && last.m === maker) {
        last.l = id;
        last.q = (Number(last.q) + Number(size)).toFixed(8);
      } else found.push({ a: found.length + 1000, p: price, q: size, f: id, l: id, T: at, m: maker, M: true });
    }
    const from = query.get('fromId');
    const begin = found.findIndex(({ a, T }) =>
      from === null ? T >= Number(query.get('startTime')) : a >= Number(from),
    );
    return begin === -1 ? [] : found.slice(begin, begin + Number(query.get('limit')));
  }

  private changed(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
