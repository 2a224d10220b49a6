/**
 * Trying an alert before it is saved: on the drawn candles while one types, and on all of history by the server, on a
 * recording of four days that goes over 105 once a day.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { eventually } from '../support/client.ts';
import { needChromium } from '../support/need.ts';
import { freshFolder } from '../support/program.ts';
import { openStage, tabTo } from './browser.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const DAYS = 4;
const START = Date.UTC(2024, 2, 29);

function recording(): string {
  const lines = ['ts_ms_utc,symbol,open,high,low,close,volume'];
  for (let minute = 0; minute < DAYS * 1440; minute += 1) {
    const base = minute % 1440 >= 720 && minute % 1440 < 780 ? 110 : 100;
    const price = base + ((minute * 7) % 13) / 100;
    lines.push([START + minute * 60_000, 'BTCUSD', price, price, price, price, 1].join());
  }
  return `${lines.join('\n')}\n`;
}

/** Candles are drawn in colours, also where less motion is wished for; ground, lines and text are all but grey. */
function hasColours(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    let coloured = 0;
    for (const canvas of document.querySelectorAll('canvas')) {
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
      for (let place = 0; place + 2 < data.length; place += 4) {
        const rgb = [Number(data[place]), Number(data[place + 1]), Number(data[place + 2])];
        if (Math.max(...rgb) - Math.min(...rgb) > 80) coloured += 1;
      }
    }
    return coloured > 200;
  });
}

async function violations(page: Page): Promise<unknown> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await Reflect.get(globalThis, 'axe').run(document, { resultTypes: ['violations'] });
    return violations.map((rule: { id: string; nodes: { html: string }[] }) => [rule.id, rule.nodes[0]?.html]);
  });
}

test('trying an alert on the page', async (t) => {
  const chromium = needChromium(t);
  if (!chromium) return;
  const file = join(freshFolder(t, 'recording'), 'bars.csv');
  writeFileSync(file, recording());
  const stage = await openStage(t, chromium, { SOURCES: `replay:${file}?speed=max` });
  const address = '/alerts/new?symbol=BTC-USD&condition=price+crosses+above+105';
  const opened = async (look: { width?: number; dark?: boolean } = {}) => {
    const visitor = await stage.visitor(look);
    await visitor.page.goto(address);
    await visitor.page.getByTestId('would-fire').getByText('4 times').waitFor();
    return visitor;
  };
  // The recording has to be read first.
  const { page: first, context: firstContext } = await stage.visitor();
  await eventually(async () => {
    const history = await first.request.get(`/api/v1/prices/BTC-USD/history?interval=1d&from=${START}`);
    const { items = [] } = await history.json();
    return items.length === DAYS && items.at(-1).trades === 4 * 1440;
  }, 'the recording is read');
  await firstContext.close();

  await t.test('while typing, the chart says where it would have fired', async () => {
    const { page, context } = await opened();
    const line = page.getByTestId('would-fire');
    assert.match(await line.innerText(), /^Would have fired 4 times in the last 4 d, last at .*, were it armed again/);
    assert.equal(await line.getAttribute('role'), 'status');
    const condition = page.getByRole('textbox', { name: 'Condition' });
    await condition.fill('price crosses above 200');
    await line.getByText('Would have fired never').waitFor();
    await condition.press('End');
    for (const _ of '200') await condition.press('Backspace');
    await condition.pressSequentially('109');
    await line.getByText('4 times').waitFor();
    await condition.fill('change(1w) > 5%');
    await line.getByText('choose longer ones').waitFor();
    await condition.fill('price moves 5% in 5m');
    await line.getByText('choose shorter ones').waitFor();
    await page.getByText('5 min', { exact: true }).click();
    await line.getByText('Would have fired').waitFor();
    await eventually(() => hasColours(page), 'the candles are seen');
    await condition.fill('price crosses abve 1');
    await line.getByText('Write a condition').waitFor();
    await context.close();
  });

  await t.test('the editor says how likely the level is touched', async () => {
    const { page, context } = await opened();
    await page
      .getByText(/^(About|More than) an? \d+ % chance that it touches 105.00 within 7 d, if it moves/)
      .waitFor();
    await context.close();
  });

  await t.test('a test on history by keyboard, with its tables', async () => {
    const { page, context } = await opened();
    const part = page.getByRole('region', { name: 'Test on history' });
    await tabTo(page, part.getByRole('button', { name: 'Test on history' }));
    await page.keyboard.press('Enter');
    await part.getByText(/price crosses above 105 would have fired 4 times in 4 d, from 29 Mar 2024/).waitFor();
    const after = part.getByRole('table', { name: 'What the price did after' });
    assert.match(await after.getByRole('row', { name: /^1 hour/ }).innerText(), /^1 hour\s+4\s+0 %\s+−9\.\d\d %/);
    assert.match(await after.getByRole('row', { name: /^5 days/ }).innerText(), /^5 days\s+0\s+–\s+–/);
    await part.getByText('By month', { exact: true }).press('Enter');
    const months = part.getByRole('table', { name: 'Firings by month' });
    assert.match(await months.innerText(), /2024-03\s+3\s+2024-04\s+1/);
    await part.getByText('Each firing', { exact: true }).press('Enter');
    assert.equal(
      await part
        .getByRole('table', { name: /Each firing/ })
        .getByRole('row')
        .count(),
      1 + 4,
    );
    await context.close();
  });

  await t.test('a test can be stopped, and one that is refused says why', async () => {
    const { page, context } = await opened();
    let ask: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      ask = resolve;
    });
    await page.route('**/api/v1/backtests', () => ask());
    const part = page.getByRole('region', { name: 'Test on history' });
    const start = part.getByRole('button', { name: 'Test on history' });
    await start.click();
    await asked;
    assert.ok(await part.getByRole('progressbar', { name: 'How much of history is tested' }).isVisible());
    await part.getByRole('button', { name: 'Stop the test' }).click();
    await start.waitFor();
    await page.unroute('**/api/v1/backtests');
    await page.route('**/api/v1/backtests', (route) =>
      route.fulfill({
        status: 429,
        contentType: 'application/problem+json',
        body: JSON.stringify({ title: 'Too many requests', detail: 'A user may run 2 back-tests at once.' }),
      }),
    );
    await start.click();
    await part.getByText('A user may run 2 back-tests at once.').waitFor();
    await context.close();
  });

  for (const dark of [false, true]) {
    await t.test(`it is for everyone, ${dark ? 'dark' : 'light'}`, async () => {
      const { page, context } = await opened({ width: 360, dark });
      const part = page.getByRole('region', { name: 'Test on history' });
      await part.getByRole('button', { name: 'Test on history' }).click();
      await part.getByRole('table', { name: 'What the price did after' }).waitFor();
      for (const detail of ['By month', 'Each firing']) await part.getByText(detail, { exact: true }).click();
      for (const width of [360, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wider <= 0, `at ${width}: scrolls sideways by ${wider}`);
        assert.deepEqual(await violations(page), [], `at ${width}`);
      }
      await context.close();
    });
  }
});
