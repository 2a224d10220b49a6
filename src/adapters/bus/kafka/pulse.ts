/**
 * Whether the brokers answer: asked every second, for a connection may look well while nobody is at its other end.
 */
import { type Clock, every } from '#contracts/clock.ts';
import { asked, type Metadata, type Producer } from './client.ts';

const ASK_EVERY_MS = 1_000;
const ANSWER_WITHIN_MS = 2_000;
/** Of several brokers one may be gone just when it was asked; the client asks another the next time. */
const FAILURES_TO_TELL = 2;

export interface Pulse {
  /** Null while they answer. */
  problem(): string | null;
  stop(): Promise<void>;
}

export function startPulse(producer: Producer, clock: Clock): Pulse {
  let failures = 0;
  let reason = '';
  const ask = async (): Promise<void> => {
    await asked<Metadata>((answer) => producer.getMetadata({ timeout: ANSWER_WITHIN_MS, allTopics: false }, answer));
    failures = 0;
  };
  const stop = every(clock, ASK_EVERY_MS, ask, (error) => {
    failures += 1;
    reason = error instanceof Error ? error.message : String(error);
  });
  return { problem: () => (failures < FAILURES_TO_TELL ? null : reason), stop };
}
