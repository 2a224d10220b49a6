/** Every view, light and dark, narrow and wide: no axe violation, no sideways scrolling, one title, a demo said to be one. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { needChromium } from '../support/need.ts';
import { openStage, untilLive } from './browser.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const axe = Reflect.get(globalThis, 'axe');
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.map(
      (rule: { id: string; nodes: { html: string; failureSummary: string }[] }) =>
        `${rule.id}: ${rule.nodes.map((node) => `${node.html.slice(0, 200)} ${node.failureSummary}`).join(' | ')}`,
    );
  });
}

/** Narrow as a small phone (WCAG's reflow width is 320), a tablet, a laptop. */
const WIDTHS = [360, 768, 1280] as const;

test('every view is for everyone', async (t) => {
  const chromium = needChromium(t);
  if (!chromium) return;
  const stage = await openStage(t, chromium);

  for (const dark of [false, true]) {
    await t.test(dark ? 'dark' : 'light', async () => {
      const { page, context } = await stage.visitor({ dark });
      await page.goto('/alerts/new?symbol=DEMO-OAK&condition=price+%3E+0.01');
      await page.getByRole('button', { name: 'Save alert' }).click();
      await page.getByText('Done', { exact: true }).waitFor();
      await page.goto('/alerts/new?symbol=DEMO-KITE&condition=price+crosses+above+99999');
      await page.getByText('Critical', { exact: true }).click();
      await page.getByRole('button', { name: 'Save alert' }).click();
      await page.getByText('Armed', { exact: true }).waitFor();
      const addressOf = async (from: string, name: string): Promise<string> => {
        await page.goto(from);
        return (await page
          .getByRole('main')
          .getByRole('link', { name, exact: true })
          .first()
          .getAttribute('href')) as string;
      };
      const alert = await addressOf('/alerts', 'DEMO-KITE');
      const trigger = await addressOf('/triggers', 'DEMO-OAK');
      const { id: list } = await (
        await page.request.post('/api/v1/watchlists', {
          data: { name: 'A list with a long name', symbols: ['DEMO-OAK', 'DEMO-KITE'] },
          headers: { origin: stage.program.url },
        })
      ).json();
      const { id: empty } = await (
        await page.request.post('/api/v1/watchlists', {
          data: { name: 'Empty' },
          headers: { origin: stage.program.url },
        })
      ).json();
      const { id: over } = await (
        await page.request.post('/api/v1/alerts', {
          data: { watchlist: list, condition: 'price crosses above 99999' },
          headers: { origin: stage.program.url },
        })
      ).json();
      const views = [
        '/',
        '/markets/DEMO-OAK',
        '/markets/NO-SUCH',
        '/alerts',
        alert,
        `${alert}/edit`,
        '/alerts/new',
        '/alerts/new?symbol=DEMO-OAK&condition=price+croses+1',
        '/alerts/new?symbol=DEMO-OAK&condition=price+%3E+0.01',
        '/triggers',
        trigger,
        '/watchlists',
        `/watchlists/${list}`,
        `/watchlists/${empty}`,
        '/watchlists/no-such',
        `/alerts/${over}`,
        `/alerts/${over}?member=DEMO-OAK`,
        `/alerts/${over}/edit`,
        `/alerts/new?watchlist=${list}&condition=price+%3E+0.01`,
        '/channels',
        '/account',
        '/status',
        '/nowhere',
      ];
      const titles = new Set<string>();
      for (const view of views) {
        await page.goto(view);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.getByText('Demo market: simulated prices.').waitFor();
        await untilLive(page);
        await page.waitForFunction(
          () => !document.querySelector('[role=status] .sr-only')?.textContent?.startsWith('Loading'),
        );
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 900 });
          const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(wider <= 0, `${view} at ${width}: scrolls sideways by ${wider}`);
          assert.deepEqual(await violations(page), [], `${view} at ${width}`);
        }
        assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
        titles.add(await page.title());
      }
      assert.ok(titles.size >= views.length - 6, `views have titles of their own: ${[...titles].join(', ')}`);
      await context.close();
    });
  }

  await t.test('what opens on top: dialogs, the list of instruments, the banner', async () => {
    const { page, context } = await stage.visitor({ width: 390 });
    await page.goto('/');
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('dialog', { name: 'More' }).waitFor();
    assert.deepEqual(await violations(page), [], 'More');
    await page.getByRole('link', { name: 'Channels' }).click();
    await page.getByRole('button', { name: 'Add a channel' }).click();
    await page.getByRole('dialog', { name: 'Add a channel' }).getByLabel('Name').waitFor();
    assert.deepEqual(await violations(page), [], 'Add a channel');
    await page.goto('/alerts/new');
    await page.getByRole('combobox', { name: 'Instrument' }).fill('demo');
    await page.getByRole('option').first().waitFor();
    assert.deepEqual(await violations(page), [], 'the list of instruments');
    await page.goto('/alerts/new?symbol=DEMO-OAK&condition=price+%3E+0.01');
    await page.getByText('Critical', { exact: true }).click();
    await page.getByRole('button', { name: 'Save alert' }).click();
    await page.getByRole('alert').getByText('DEMO-OAK').waitFor();
    assert.deepEqual(await violations(page), [], 'the banner');
    await context.close();
  });
});
