/**
 * A real Chromium on the real program, for tests of the page. Whatever the page complains about on its console, or asks
 * of another address than its own, fails the test.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { buildWeb } from '../../scripts/build-web.ts';
import { type Program, startProgram } from '../support/program.ts';

/** What a check may take on a busy machine before it counts as "does not happen". */
export const PATIENCE_MS = 30_000;

export interface Stage {
  readonly program: Program;
  readonly browser: Browser;
  /** A visitor of their own, with their own cookies. */
  visitor(look?: { readonly width?: number; readonly dark?: boolean }): Promise<Visitor>;
}

export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
}

/** Builds the page if it must, starts the program and the browser; all of it ends with the test. */
export async function openStage(
  t: TestContext,
  executablePath: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  await buildWeb();
  const program = await startProgram(t, { env });
  // Root (CI's containers) cannot use Chromium's own sandbox.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  t.after(() => browser.close());
  const complaints: string[] = [];
  t.after(() => assert.deepEqual(complaints, [], 'the page complained'));
  return {
    program,
    browser,
    async visitor({ width = 1280, dark = false } = {}) {
      const context = await browser.newContext({
        baseURL: program.url,
        viewport: { width, height: 900 },
        colorScheme: dark ? 'dark' : 'light',
        reducedMotion: 'reduce',
      });
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error' && !isExpected(message.text())) complaints.push(message.text());
      });
      page.on('request', (request) => {
        const { url } = { url: request.url() };
        if (!url.startsWith(program.url) && !url.startsWith('data:') && !url.startsWith('blob:'))
          complaints.push(`asked for ${url}`);
      });
      return { page, context };
    },
  };
}

/** A refused request is logged by the browser itself; that the page tells it well is what the tests look at. */
const isExpected = (text: string): boolean => text.startsWith('Failed to load resource');

/** Goes on with Tab, as a person without a mouse does, until the focus is on what is looked for. */
export async function tabTo(page: Page, target: Locator, maxSteps = 60): Promise<void> {
  for (let step = 0; step < maxSteps; step += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`not reached with ${maxSteps} steps of Tab: ${target}`);
}

/** Prices are there and the stream is open. */
export async function untilLive(page: Page): Promise<void> {
  await page.getByRole('status').filter({ hasText: 'Live' }).filter({ visible: true }).first().waitFor();
}
