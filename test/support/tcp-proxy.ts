/**
 * A piece of network between a program and a server, for tests: it can be slow, stall now and then (what TCP makes of lost
 * packets), go silent, refuse everybody, and lead to another server from now on, with or without a word to those who were
 * connected.
 */
import { createConnection, createServer, type Socket } from 'node:net';

/** A port of this machine, or a Unix socket. */
export type Target = { readonly port: number } | { readonly path: string };

export interface Trouble {
  /** Each way, for every piece of data. */
  readonly delayMs?: number;
  /** Each way. */
  readonly bytesPerSecond?: number;
  /** How many pieces of a hundred are held up, and for how long. */
  readonly stalls?: { readonly percent: number; readonly ms: number };
}

export interface TcpProxy {
  readonly port: number;
  /** As bad as this from now on; nothing: all is well. */
  trouble(how?: Trouble): void;
  /** Nothing passes, nobody is told: as when a cable is pulled. What was under way comes after `heal`. */
  silence(): void;
  /** Every connection is reset, and new ones are too. */
  refuse(): void;
  /** Every connection is reset once. */
  reset(): void;
  heal(): void;
  /** New connections go there; the old ones are reset, or just hear nothing more, as when their server's machine died. */
  lead(to: Target, old: 'reset' | 'silent'): void;
  close(): Promise<void>;
}

/** At any free port, where none is named. */
export async function startTcpProxy(to: Target, port = 0): Promise<TcpProxy> {
  let target = to;
  let how: Trouble = {};
  let isRefusing = false;
  let open: Promise<void> = Promise.resolve();
  let heal: (() => void) | null = null;
  const pairs = new Set<() => void>();
  const mutes = new Set<() => void>();

  const pass = (from: Socket, into: Socket): void => {
    let line = Promise.resolve();
    let freeAt = 0;
    from.on('data', (piece: Buffer) => {
      const { delayMs = 0, bytesPerSecond, stalls } = how;
      const stall = stalls && Math.random() * 100 < stalls.percent ? stalls.ms : 0;
      freeAt = Math.max(freeAt, Date.now()) + (bytesPerSecond ? (piece.length / bytesPerSecond) * 1000 : 0);
      const due = freeAt + delayMs + stall;
      from.pause();
      line = line.then(async () => {
        const waitMs = due - Date.now();
        if (delayMs > 0) from.resume();
        if (waitMs > 0) await new Promise((now) => setTimeout(now, waitMs));
        await open;
        if (!into.destroyed && !into.write(piece))
          await new Promise((room) => into.once('drain', room).once('close', room));
        from.resume();
      });
    });
    from.on('end', () => void line.then(() => into.end()));
  };

  const server = createServer((near) => {
    if (isRefusing) return void near.resetAndDestroy();
    const far = createConnection(target as { port: number; host: string });
    near.setNoDelay(true);
    far.setNoDelay(true);
    const end = (): void => {
      pairs.delete(end);
      mutes.delete(mute);
      // A reset in the moment of its shutdown is refused by the system's library, and Node then never ends: it spins.
      if (near.writableEnded) near.destroy();
      else near.resetAndDestroy();
      far.destroy();
    };
    const mute = (): void => {
      far.off('close', end).removeAllListeners('data').destroy();
      near.removeAllListeners('data').resume();
    };
    pairs.add(end);
    mutes.add(mute);
    for (const socket of [near, far]) socket.on('error', end).on('close', end);
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  const reset = (): void => {
    for (const end of [...pairs]) end();
  };
  return {
    port: (server.address() as { port: number }).port,
    trouble(next = {}) {
      how = next;
    },
    silence() {
      // Said twice it is one silence: who waits for its end waits for this one.
      if (heal) return;
      open = new Promise((resolve) => {
        heal = resolve;
      });
    },
    refuse() {
      isRefusing = true;
      reset();
    },
    reset,
    heal() {
      isRefusing = false;
      heal?.();
      heal = null;
      open = Promise.resolve();
    },
    lead(next, old) {
      target = next;
      if (old === 'reset') reset();
      else for (const mute of [...mutes]) mute();
    },
    async close() {
      heal?.();
      reset();
      await new Promise((closed) => server.close(closed));
    },
  };
}
