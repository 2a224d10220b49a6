/** Creating an alert: by keyboard alone, with the sentence, the pointer at a mistake, and the warnings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needChromium } from '../support/need.ts';
import { openStage, tabTo, untilLive } from './browser.ts';

test('creating an alert on the page', async (t) => {
  const chromium = needChromium(t);
  if (!chromium) return;
  const stage = await openStage(t, chromium);

  await t.test('by keyboard alone, from the first Tab to the saved alert', async () => {
    const { page, context } = await stage.visitor();
    await page.goto('/');
    await untilLive(page);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent?.trim()), 'Skip to content');
    await page.keyboard.press('/');
    const search = page.getByRole('searchbox', { name: /search instruments/i });
    assert.ok(await search.evaluate((element) => element === document.activeElement), '/ goes to the search');
    await page.keyboard.type('oak');
    await page.getByRole('row').filter({ hasText: 'DEMO-OAK' }).waitFor();
    await page.getByRole('row').filter({ hasText: 'DEMO-KITE' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /DEMO-OAK/ }).waitFor();
    assert.match(await page.title(), /DEMO-OAK · Tocsin/);
    await page.keyboard.press('n');
    await page.getByRole('heading', { level: 1, name: 'New alert' }).waitFor();
    assert.equal(await page.getByRole('combobox', { name: 'Instrument' }).inputValue(), 'DEMO-OAK');
    const condition = page.getByRole('textbox', { name: 'Condition' });
    await tabTo(page, condition);
    await page.keyboard.press('Control+A');
    await page.keyboard.type('price crosses above 100000');
    await page.getByText(/Tells you when .*\(DEMO-OAK\) crosses above 100,000/).waitFor();
    await tabTo(page, page.getByRole('button', { name: 'Save alert' }));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'My alerts' }).waitFor();
    const row = page.getByRole('listitem').filter({ hasText: 'price crosses above 100000' });
    await row.getByText('Armed', { exact: true }).waitFor();
    await row.getByText(/away/).waitFor();
    await context.close();
  });

  await t.test('a new message leaves an alert armed as it is; another condition arms it anew', async () => {
    const { page, context } = await stage.visitor();
    await page.goto('/alerts/new?symbol=DEMO-OAK');
    await page.getByRole('textbox', { name: 'Condition' }).fill('price > 100000');
    await page.getByRole('button', { name: 'Save alert' }).click();
    const row = page.getByRole('listitem').filter({ hasText: 'price > 100000' });
    await row.getByText('Armed', { exact: true }).waitFor();
    const { items } = await (await page.request.get('/api/v1/alerts')).json();
    const edit = async (label: string, text: string): Promise<{ version: number; epoch: number; message: string }> => {
      await page.goto(`/alerts/${items[0].id}/edit`);
      await page.getByRole('textbox', { name: label }).fill(text);
      await page.getByRole('button', { name: /^Save/ }).click();
      await page.waitForURL(`**/alerts/${items[0].id}`);
      return (await page.request.get(`/api/v1/alerts/${items[0].id}`)).json();
    };
    const worded = await edit('Message', 'sell some');
    assert.deepEqual([worded.message, worded.version, worded.epoch], ['sell some', 1, 1]);
    assert.equal((await edit('Condition', 'price > 100001')).version, 2);
    await context.close();
  });

  await t.test(
    'a mistake is pointed at, a click mends it, and what is already true is said before saving',
    async () => {
      const { page, context } = await stage.visitor();
      await page.goto('/alerts/new?symbol=DEMO-OAK');
      const condition = page.getByRole('textbox', { name: 'Condition' });
      const save = page.getByRole('button', { name: 'Save alert' });
      await condition.fill('price croses 100000');
      const problem = page.getByText('At character 7:');
      await problem.waitFor();
      assert.equal(await condition.getAttribute('aria-invalid'), 'true');
      assert.equal(await condition.getAttribute('aria-describedby'), await problem.locator('..').getAttribute('id'));
      assert.match(await page.locator('pre').innerText(), /^price croses 100000\n {6}\^{6}$/);
      assert.ok(await save.isDisabled(), 'a text that cannot be read cannot be saved');
      await page.getByRole('button', { name: 'Put in crosses', exact: true }).click();
      assert.equal(await condition.inputValue(), 'price crosses 100000');
      await page.getByText(/Tells you when .* crosses 100,000/).waitFor();
      await condition.fill('price > 0.01');
      await page.getByText('Already true: it would fire at once').waitFor();
      await condition.fill('price < 0');
      await page.getByText('This can never fire').waitFor();
      await context.close();
    },
  );

  await t.test('chips write the condition, and the level starts near the price', async () => {
    const { page, context } = await stage.visitor();
    await page.goto('/alerts/new');
    await page.getByRole('combobox', { name: 'Instrument' }).fill('kite');
    await page.getByRole('option', { name: /DEMO-KITE/ }).click();
    const condition = page.getByRole('textbox', { name: 'Condition' });
    await page.getByRole('button', { name: 'Crosses below' }).click();
    await page.getByRole('button', { name: '5 % below the price now' }).click();
    assert.match(await condition.inputValue(), /^price crosses below \d+(\.\d+)?$/);
    await page.getByText(/Tells you when .*DEMO-KITE.* crosses below/).waitFor();
    await page.getByText(/^[45]\.\d+ % away/).waitFor();
    await page.getByText('Every time', { exact: true }).click();
    await page.getByLabel('Quiet after firing').selectOption('5m');
    await page.getByRole('button', { name: 'Save alert' }).click();
    await page.getByText('every time, at least 5 minutes apart').waitFor();
    await context.close();
  });

  await t.test(
    'an alert is paused with an undo, changed, and deleted after a question that keeps the focus',
    async () => {
      const { page, context } = await stage.visitor();
      await page.goto('/alerts/new?symbol=DEMO-OAK&condition=price+crosses+above+99999');
      await page.getByRole('button', { name: 'Save alert' }).click();
      await page.getByRole('button', { name: 'Pause the alert on DEMO-OAK' }).click();
      await page.getByText('Paused', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByText('Armed', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Edit the alert on DEMO-OAK' }).click();
      await page.getByRole('textbox', { name: 'Condition' }).fill('price crosses above 88888');
      await page.getByRole('button', { name: 'Save changes' }).click();
      await page
        .getByText(/crosses above 88,888/)
        .first()
        .waitFor();
      await page.getByRole('heading', { name: 'Why it has not fired' }).waitFor();
      const remove = page.getByRole('button', { name: 'Delete the alert on DEMO-OAK' });
      await remove.click();
      const dialog = page.getByRole('dialog', { name: 'Delete this alert?' });
      await dialog.waitFor();
      for (let step = 0; step < 8; step += 1) {
        await page.keyboard.press('Tab');
        assert.ok(
          await page.evaluate(
            () => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null,
          ),
          'the focus stays in the dialog',
        );
      }
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      assert.ok(await remove.evaluate((element) => element === document.activeElement), 'and comes back after it');
      await remove.click();
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await page.getByText('Nothing is being watched for you yet').waitFor();
      await context.close();
    },
  );
});
