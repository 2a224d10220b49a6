/** Many tabs of one browser, and one whose proxy passes no WebSocket: all of them are live and hear of a trigger. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { needChromium } from '../support/need.ts';
import { openStage, untilLive } from './browser.ts';

/** A browser opens six connections to one address, for all its tabs together. */
const TABS = 8;

async function save(page: Page, condition: string): Promise<void> {
  await page.goto(`/alerts/new?symbol=DEMO-OAK&condition=${encodeURIComponent(condition)}`);
  await page.getByRole('button', { name: 'Save alert' }).click();
}

const rings = (page: Page): Promise<void> => page.getByRole('alert').getByText('DEMO-OAK').first().waitFor();

test('the live stream in many tabs, and without a WebSocket', async (t) => {
  const chromium = needChromium(t);
  if (!chromium) return;
  const stage = await openStage(t, chromium);

  await t.test('more tabs than a browser opens connections', async () => {
    const { page, context } = await stage.visitor();
    await page.goto('/');
    await untilLive(page);
    const tabs: Page[] = [];
    for (let tab = 1; tab < TABS; tab += 1) {
      const more = await context.newPage();
      await more.goto('/status');
      await untilLive(more);
      tabs.push(more);
    }
    await save(page, 'price > 0.01');
    for (const tab of tabs) await rings(tab);
    await context.close();
  });

  await t.test('where none can be had, an EventSource takes its place', async () => {
    const { page, context } = await stage.visitor();
    const refused: string[] = [];
    await page.routeWebSocket('**/api/v1/ws*', (socket) => {
      refused.push(socket.url());
      socket.close({ code: 1011 });
    });
    await page.goto('/');
    await untilLive(page);
    await save(page, 'price > 0.02');
    await rings(page);
    assert.ok(refused.length > 0);
    await context.close();
  });
});
