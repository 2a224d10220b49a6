/**
 * Puts entries into streams and says when the server has confirmed them. One that came to no stream is a failure, not a
 * confirmation.
 */
import { randomUUID } from 'node:crypto';
import type { ConfirmChannel } from 'amqplib';
import { Failure } from '#errors.ts';
import type { Link } from './link.ts';

export interface Sent {
  readonly body: string;
  /** Who sends, and its number: what tells a repetition. Empty where it need not be told. */
  readonly id: string;
  readonly isAgain: boolean;
}

/** What readers know a repetition by; AMQP keeps it with the message, as it is. */
export const AGAIN = 'again';

export class Sender {
  readonly #link: Link;
  readonly #returned = new Set<string>();
  #channel: Promise<ConfirmChannel> | null = null;
  /** Streams that are not there. */
  readonly #missing = new Set<string>();

  constructor(link: Link) {
    this.#link = link;
  }

  problem(): string | null {
    const [missing] = this.#missing;
    return missing === undefined ? null : notThere(missing);
  }

  async send(queue: string, { body, id, isAgain }: Sent): Promise<void> {
    // A server that takes nothing would leave it in this process's memory.
    const problem = this.#link.problem();
    if (problem !== null) throw new Failure('bus-unavailable', problem);
    const channel = await this.#open();
    const correlationId = randomUUID();
    const options = {
      ...{ persistent: true, mandatory: true, correlationId },
      ...(id !== '' && { messageId: id }),
      ...(isAgain && { type: AGAIN }),
    };
    await this.#link.answer(
      new Promise<void>((resolve, reject) => {
        channel.sendToQueue(queue, Buffer.from(body), options, (error) => {
          const isReturned = this.#returned.delete(correlationId);
          if (error) return reject(error);
          if (isReturned) {
            this.#missing.add(queue);
            return reject(new Failure('bus-unavailable', notThere(queue)));
          }
          this.#missing.delete(queue);
          resolve();
        });
      }),
    );
  }

  #open(): Promise<ConfirmChannel> {
    if (this.#channel) return this.#channel;
    const opening = this.#link.confirmChannel();
    this.#channel = opening;
    const forget = (): void => {
      if (this.#channel === opening) this.#channel = null;
    };
    opening.then((channel) => {
      channel.on('close', forget);
      // It comes before the confirmation.
      channel.on('return', ({ properties }) => this.#returned.add(String(properties.correlationId)));
    }, forget);
    return opening;
  }
}

/** Only a program that starts makes it. */
const notThere = (queue: string): string => `the stream ${queue} is not there: start a process again to have it made`;
