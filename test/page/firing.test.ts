/** A firing on the page: prices pushed with a key, the banner, the bell, the evidence; alerts that outlive a lost connection. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { Client } from '../support/client.ts';
import { needChromium } from '../support/need.ts';
import { openStage, untilLive } from './browser.ts';

/** Makes a key on the account's view and reads it where it is shown once. */
async function makeKey(page: Page): Promise<string> {
  await page.goto('/account');
  await page.getByLabel('Name of a new key').fill('feeder');
  await page.getByRole('button', { name: 'Make a key' }).click();
  const key = await page.getByLabel('Key “feeder”').inputValue();
  assert.ok(key.length > 20);
  return key;
}

/** Counts the waves the bell is made of, for a test cannot hear. */
const COUNT_WAVES = `
  globalThis.waves = 0;
  const create = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () { globalThis.waves += 1; return create.call(this); };`;
const waves = (page: Page): Promise<number> => page.evaluate(() => Reflect.get(globalThis, 'waves') as number);

test('a firing on the page', async (t) => {
  const chromium = needChromium(t);
  if (!chromium) return;
  const stage = await openStage(t, chromium);
  const { page, context } = await stage.visitor();
  await page.addInitScript(COUNT_WAVES);
  const feeder = new Client(stage.program.url, { 'x-api-key': await makeKey(page) });
  const push = async (symbol: string, price: number): Promise<void> => {
    const { items } = await feeder.ok('POST', '/api/v1/prices', { symbol, price });
    assert.equal(items[0].verdict, 'accepted', `${symbol} at ${price}`);
  };

  await t.test('an API key is shown once and never again', async () => {
    await page.reload();
    await page.getByText('feeder').waitFor();
    assert.equal(await page.getByLabel('Key “feeder”').count(), 0);
  });

  await t.test('the browser keeps it silent until the step is taken; then it rings', async () => {
    await push('MY-GAUGE', 100);
    await page.goto('/alerts/new?symbol=MY-GAUGE&condition=price+crosses+above+110');
    await page.getByRole('button', { name: 'Save alert' }).click();
    await page.getByText('Armed', { exact: true }).waitFor();
    const step = page.getByRole('region', { name: 'Sound' });
    await step.getByText(/the bell is silent/i).waitFor();
    assert.equal(await waves(page), 0);
    await step.getByRole('button', { name: 'Enable sound' }).click();
    await step.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Sound is on: switch it off' }).filter({ visible: true }).waitFor();
    assert.ok((await waves(page)) > 0, 'it rings once as the proof');
  });

  await t.test('a crossing shows the banner, rings, and leads to the evidence', async () => {
    await untilLive(page);
    const before = await waves(page);
    await push('MY-GAUGE', 111.25);
    const banner = page.getByRole('alert', { name: 'Alerts that fired' });
    await banner.getByText(/MY-GAUGE/).waitFor();
    assert.match(await banner.innerText(), /price crosses above 110[\s\S]*100\.00[\s\S]*111\.25/);
    assert.ok((await waves(page)) > before, 'the bell rang');
    assert.match(await page.title(), /^\(1\) /);
    await page.getByText('Done', { exact: true }).waitFor();
    await banner.getByRole('link', { name: 'See the evidence' }).click();
    await page.getByRole('heading', { level: 1, name: 'MY-GAUGE fired' }).waitFor();
    const evidence = page.getByRole('region', { name: 'The two values' });
    assert.match(
      await evidence.innerText(),
      /BEFORE\s+100\.00[\s\S]*Source\s+push[\s\S]*AT THE FIRING\s+111\.25[\s\S]*Source\s+push/i,
    );
    const stages = await page.getByRole('region', { name: 'From trade to trigger' }).innerText();
    assert.match(stages, /Traded[\s\S]*Received[\s\S]*Evaluated[\s\S]*Recorded/);
    assert.equal(await banner.getByText(/MY-GAUGE/).count(), 0, 'what was looked at is off the banner');
  });

  await t.test('a critical one looks so, and what fired while the page was away is told when it is back', async () => {
    await push('MY-VALVE', 50);
    await page.goto('/alerts/new?symbol=MY-VALVE&condition=price+crosses+below+45');
    await page.getByText('Critical', { exact: true }).click();
    await page.getByLabel('Message to yourself').fill('shut it');
    await page.getByRole('button', { name: 'Save alert' }).click();
    await page.getByText('Armed', { exact: true }).waitFor();
    await untilLive(page);
    await context.setOffline(true);
    await page.getByRole('status').filter({ hasText: 'Offline' }).filter({ visible: true }).first().waitFor();
    await push('MY-VALVE', 44.5);
    await context.setOffline(false);
    const banner = page.getByRole('alert', { name: 'Alerts that fired' });
    await banner.getByText('Critical').waitFor();
    assert.match(await banner.innerText(), /MY-VALVE[\s\S]*44\.50[\s\S]*shut it/);
    await banner.getByRole('button', { name: 'Dismiss MY-VALVE' }).click();
    await banner.getByText('MY-VALVE').waitFor({ state: 'detached' });
    await page.goto('/triggers');
    await page.getByRole('link', { name: 'MY-VALVE' }).waitFor();
    await page.getByRole('link', { name: 'MY-GAUGE' }).waitFor();
  });

  await t.test(
    'one that looks at two instruments fires at the tick of the other, with the values of both',
    async () => {
      const condition = 'price - price(MY-VALVE) crosses above 70';
      await page.goto(`/alerts/new?symbol=MY-GAUGE&condition=${encodeURIComponent(condition)}`);
      await page.getByText(/price of MY-GAUGE minus MY-VALVE crosses above 70/).waitFor();
      await page.getByTestId('would-fire').getByText('It looks at other instruments too').waitFor();
      await page.getByRole('button', { name: 'Save alert' }).click();
      await page.getByText('Armed', { exact: true }).waitFor();
      await untilLive(page);
      await push('MY-VALVE', 40);
      const banner = page.getByRole('alert', { name: 'Alerts that fired' });
      await banner.getByText(/MY-GAUGE/).waitFor();
      await banner.getByRole('link', { name: 'See the evidence' }).click();
      const others = page.getByRole('region', { name: 'The other instruments' });
      assert.match(await others.innerText(), /MY-VALVE\s+40\.00[\s\S]*Source\s+push/i);
      const parts = await page.getByRole('region', { name: 'The rule, part by part' }).innerText();
      assert.match(parts, /66\.75[\s\S]*71\.25/);
    },
  );

  await t.test('nobody else hears or sees any of it', async () => {
    const other = await stage.visitor();
    await other.page.goto('/triggers');
    await other.page.getByText('Nothing has fired yet').waitFor();
    await other.page.goto('/markets/MY-GAUGE');
    await other.page.getByText('MY-GAUGE is not known here').waitFor();
    await other.context.close();
  });
});
