/**
 * What a test may need that a machine may lack: the shared market data, a browser, a tool. A test without it is skipped
 * with the reason; where TOCSIN_REQUIRE names it (CI does), its absence is a failure instead.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { TestContext } from 'node:test';

export const ROOT = resolve(import.meta.dirname, '../..');
const SHARED = resolve(ROOT, '../shared/data');

function missing(t: TestContext, what: string, reason: string): null {
  const required = (process.env['TOCSIN_REQUIRE'] ?? '').split(',');
  if (required.includes(what)) throw new Error(`${what} is required here, but ${reason}`);
  t.skip(reason);
  return null;
}

/** The path of a file of the shared data, or null (the test is then marked as skipped and must return). */
export function needShared(t: TestContext, file: string): string | null {
  const path = join(SHARED, file);
  return existsSync(path) ? path : missing(t, 'shared', `../shared/data/${file} is not there`);
}

/** The path of a program on PATH, or null. `what` is its name in TOCSIN_REQUIRE. */
export function needProgram(t: TestContext, what: string, ...names: readonly string[]): string | null {
  for (const name of names) {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not in this folder: look in the next.
      }
    }
  }
  return missing(t, what, `no ${names.join(' or ')} on this machine`);
}

export function needChromium(t: TestContext): string | null {
  return needProgram(t, 'chromium', 'chromium', 'chromium-browser', 'google-chrome');
}
