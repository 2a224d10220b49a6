/**
 * Bytes of one event as each transport has them. An event is encoded once and the same bytes go to every reader.
 */
import type { StreamEvent } from '../contract/stream.ts';

export type Transport = 'sse' | 'ws';
export type EventName = StreamEvent['event'];

/** What a reader gets when nothing happens, so that proxies and both ends know that the other is there. */
export const HEARTBEAT: Readonly<Record<Transport, Buffer>> = {
  sse: Buffer.from(':\n\n'),
  // An empty ping frame (RFC 6455).
  ws: Buffer.from([0x89, 0]),
};

/** A final text frame of a server: never masked, never split. */
function textFrame(text: string): Buffer {
  const body = Buffer.from(text);
  let head: Buffer;
  if (body.length < 126) head = Buffer.from([0x81, body.length]);
  else if (body.length < 65_536) head = Buffer.from([0x81, 126, body.length >> 8, body.length & 255]);
  else {
    head = Buffer.alloc(10);
    head[0] = 0x81;
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(body.length), 2);
  }
  return Buffer.concat([head, body]);
}

/** `json` is one line: JSON.stringify writes no line breaks. */
export function encode(transport: Transport, event: EventName, json: string, id: string | null): Buffer {
  if (transport === 'sse') return Buffer.from(`${id === null ? '' : `id: ${id}\n`}event: ${event}\ndata: ${json}\n\n`);
  return textFrame(`{"event":"${event}",${id === null ? '' : `"id":"${id}",`}"data":${json}}`);
}

/** The last words of a connection that we end, with the time after which this client may come back. */
export function farewell(transport: Transport, reason: string, retryMs: number): Buffer {
  const bytes = encode(transport, 'closing', JSON.stringify({ reason, retryMs }), null);
  return transport === 'sse' ? Buffer.concat([Buffer.from(`retry: ${retryMs}\n`), bytes]) : bytes;
}

/** One event without an id, encoded for a transport when the first reader of it asks. */
export class Frame {
  private readonly event: EventName;
  private readonly data: () => unknown;
  private json: string | null = null;
  private readonly bytes: Partial<Record<Transport, Buffer>> = {};

  constructor(event: EventName, data: () => unknown) {
    this.event = event;
    this.data = data;
  }

  as(transport: Transport): Buffer {
    let bytes = this.bytes[transport];
    if (bytes === undefined) {
      this.json ??= JSON.stringify(this.data());
      bytes = encode(transport, this.event, this.json, null);
      this.bytes[transport] = bytes;
    }
    return bytes;
  }
}
