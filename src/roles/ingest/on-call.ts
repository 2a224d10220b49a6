/**
 * The ingest role where several processes run it: one is on duty and runs the sources, another takes over when it goes.
 * It takes pushed prices from the gateways and tells them how the sources are.
 */
import { type Clock, every } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Role } from '#contracts/role.ts';
import type { Desk } from '../asks/desk.ts';
import type { IngestRole } from './ingest.ts';

/** The page shows how sources are; it may be this old. */
const TELL_EVERY_MS = 2_000;

export interface OnCallDeps {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly log: Log;
  /** Anew for each duty: sources are not started twice. */
  readonly start: () => Promise<IngestRole>;
}

export async function startIngestOnCall({ desk, clock, log, start }: OnCallDeps): Promise<Role> {
  let onDuty: IngestRole | null = null;
  const tell = async (): Promise<void> => {
    if (onDuty !== null) await desk.tellSources(onDuty.status());
  };
  const failed = (error: unknown): void => log.warn({ error: String(error) }, 'the state of the sources was not told');
  const stopTelling = every(clock, TELL_EVERY_MS, tell, failed);
  const duty = await desk.serve('push', {
    async begin() {
      log.info({}, 'on duty: the sources run here');
      onDuty = await start();
      tell().catch(failed);
    },
    async end() {
      await onDuty?.stop();
      onDuty = null;
    },
    answer: async (ticks) => onDuty?.push(ticks),
  });
  return {
    name: 'ingest',
    health: () => onDuty?.health() ?? null,
    async stop() {
      await duty.close();
      await stopTelling();
    },
  };
}
