/**
 * The canary where several processes could run it: one is on duty, another takes over when it goes.
 */
import type { Role } from '#contracts/role.ts';
import type { Desk } from '../asks/desk.ts';

export async function startCanaryOnCall(desk: Desk, start: () => Promise<Role>): Promise<Role> {
  let onDuty: Role | null = null;
  const duty = await desk.duty('canary', {
    async begin() {
      onDuty = await start();
    },
    async end() {
      await onDuty?.stop();
      onDuty = null;
    },
  });
  return { name: 'canary', health: () => null, stop: () => duty.close() };
}
