/**
 * What stands in for a socket between pg and the embedded database: pg writes PostgreSQL's messages into it and reads the
 * answers out of it, those of one query together. Ends with an error that says why when the database breaks.
 */
import { Duplex } from 'node:stream';
import type { PgliteEngine } from './pglite-engine.ts';

/** To a start of a connection: you are who you say, and I am ready. */
const WELCOME = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);
const TERMINATE = 0x58;

export class PgliteWire extends Duplex {
  readonly #opening: Promise<PgliteEngine>;
  #engine: PgliteEngine | undefined;

  constructor(engine: Promise<PgliteEngine>) {
    super();
    this.#opening = engine;
  }

  connect(): void {
    this.#opening.then(
      (engine) => {
        if (this.destroyed) return;
        this.#engine = engine;
        // An engine lives as long as the program: it must not keep every wire there ever was.
        const self = new WeakRef(this);
        void engine.broken.then((error) => self.deref()?.destroy(error));
        this.emit('connect');
      },
      (error: Error) => this.destroy(new Error(`connection terminated: ${error.message}`, { cause: error })),
    );
  }

  override _write(message: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#send([message], done);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: (error?: Error) => void): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  override _read(): void {}

  // What pg asks of a socket and a wire has no use for.
  setNoDelay(): void {}
  setKeepAlive(): void {}
  ref(): void {}
  unref(): void {}

  #send(messages: readonly Buffer[], done: (error?: Error) => void): void {
    const [first] = messages;
    // The start of a connection is the one message that begins with its length, not with a letter.
    if (first?.[0] === 0) {
      this.push(WELCOME);
      done();
    } else if (first?.[0] === TERMINATE) done();
    else
      (this.#engine as PgliteEngine)
        .run(joined(messages), (bytes) => void (this.destroyed || this.push(bytes)))
        .then(() => done(), done);
  }
}

/** In memory of its own, which can be handed to another thread. */
function joined(messages: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(messages.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const message of messages) {
    whole.set(message, at);
    at += message.length;
  }
  return whole;
}
