/**
 * A recording played through the whole program: alerts are made while it stands still, then it runs as fast as it goes.
 */
import type { TestContext } from 'node:test';
import { Client, eventually } from './client.ts';
import { freshFolder, type Program, startProgram } from './program.ts';

/** A million ticks on a busy machine take a minute or two. */
const REPLAY_TIMEOUT_MS = 10 * 60_000;

export interface Replay {
  readonly program: Program;
  readonly client: Client;
}

/** Resolves when the recording has been read to its end and evaluator and recorder have read their log to its end. */
export async function untilReplayed(client: Client, timeoutMs = REPLAY_TIMEOUT_MS): Promise<void> {
  await eventually(
    async () => {
      const { items } = await client.ok<{ items: { state: string }[] }>('GET', '/api/v1/sources');
      return items.some(({ state }) => state === 'ended');
    },
    'the recording ends',
    timeoutMs,
  );
  await eventually(
    async () => {
      const { body } = await client.request<string>('GET', '/metrics');
      const lags = [...body.matchAll(/^kafka_consumergroup_lag\{.*group="(\w+)".*\} (\d+)$/gm)];
      return lags.length >= 2 && lags.every(([, , lag]) => lag === '0');
    },
    'evaluator and recorder have read everything',
    timeoutMs,
  );
}

/** The recording has been looked through: its instruments are there. */
export async function untilListed(client: Client): Promise<void> {
  await eventually(
    async () => (await client.ok<{ items: unknown[] }>('GET', '/api/v1/instruments')).items.length > 0,
    'the instruments of the recording are listed',
  );
}

/** Every alert of the user has left `arming`. */
export async function untilArmed(client: Client): Promise<void> {
  await eventually(
    async () => (await client.all<{ status: string }>('/api/v1/alerts')).every(({ status }) => status !== 'arming'),
    'the alerts are armed',
  );
}

/** Plays `file` from its beginning to its end with the alerts that `arrange` makes as one user. */
export async function playRecording(
  t: TestContext,
  file: string,
  arrange: (client: Client) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<Replay> {
  const dataDir = freshFolder(t, 'replay');
  const paused = await startProgram(t, { dataDir, env: { ...env, SOURCES: `replay:${file}?speed=0` } });
  const before = new Client(paused.url);
  await untilListed(before);
  await arrange(before);
  await untilArmed(before);
  await paused.stop();
  const program = await startProgram(t, { dataDir, env: { ...env, SOURCES: `replay:${file}?speed=max` } });
  const client = new Client(program.url, before.headers);
  for (const [name, value] of before.cookies) client.cookies.set(name, value);
  await untilReplayed(client);
  return { program, client };
}
