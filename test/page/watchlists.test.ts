/** Watchlists on the page: made, filled, sorted and emptied by keyboard alone, and the same in every open page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { needChromium } from '../support/need.ts';
import { openStage, tabTo, untilLive } from './browser.ts';

async function untilMembers(page: Page, wanted: readonly string[]): Promise<void> {
  await page.waitForFunction(
    (text) => [...document.querySelectorAll('main table tbody th a')].map((link) => link.textContent).join() === text,
    wanted.join(),
  );
}

async function choose(page: Page, typed: string, symbol: string): Promise<void> {
  await page.keyboard.type(typed);
  await page.getByRole('option').filter({ hasText: symbol }).first().waitFor();
  await page.waitForFunction(
    (wanted) => document.querySelector('[role=option][aria-selected=true]')?.textContent?.includes(wanted),
    symbol,
  );
  await page.keyboard.press('Enter');
}

test('watchlists on the page', async (t) => {
  const chromium = needChromium(t);
  if (!chromium) return;
  const stage = await openStage(t, chromium);

  await t.test('made, filled and sorted by keyboard alone, in every open page', async () => {
    const { page, context } = await stage.visitor();
    await page.goto('/');
    await untilLive(page);
    await tabTo(page, page.getByRole('link', { name: 'Watchlists' }));
    await page.keyboard.press('Enter');
    await page.getByText('No watchlist yet').waitFor();
    await tabTo(page, page.getByRole('button', { name: 'Make the first' }));
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('textbox', { name: 'Name' }));
    await page.keyboard.type('Trees and kites');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Trees and kites' }).waitFor();
    await page.getByText('Nothing in this list yet').waitFor();
    const picker = page.getByRole('combobox', { name: 'Add an instrument' });
    await tabTo(page, picker);
    await choose(page, 'oak', 'DEMO-OAK');
    await untilMembers(page, ['DEMO-OAK']);
    assert.equal(await picker.inputValue(), '', 'the field is ready for the next one');
    await choose(page, 'kite', 'DEMO-KITE');
    await untilMembers(page, ['DEMO-OAK', 'DEMO-KITE']);

    const other = await context.newPage();
    await other.goto(page.url());
    await untilMembers(other, ['DEMO-OAK', 'DEMO-KITE']);
    const up = page.getByRole('button', { name: 'Move DEMO-KITE up' });
    await tabTo(page, up);
    await page.keyboard.press('Enter');
    await untilMembers(page, ['DEMO-KITE', 'DEMO-OAK']);
    const down = page.getByRole('button', { name: 'Move DEMO-KITE down' });
    assert.ok(await down.evaluate((element) => element === document.activeElement), 'the focus goes with the row');
    await untilMembers(other, ['DEMO-KITE', 'DEMO-OAK']);
    await other.close();

    await tabTo(page, page.getByRole('button', { name: 'Take DEMO-KITE off the list' }));
    await page.keyboard.press('Enter');
    await untilMembers(page, ['DEMO-OAK']);
    await page.getByRole('button', { name: 'Undo' }).click();
    await untilMembers(page, ['DEMO-KITE', 'DEMO-OAK']);
    await page.reload();
    await untilMembers(page, ['DEMO-KITE', 'DEMO-OAK']);
    await context.close();
  });

  await t.test('one alert watches each member by itself, and follows the list', async () => {
    const { page, context } = await stage.visitor();
    await page.goto('/');
    await untilLive(page);
    const made = await page.request.post('/api/v1/watchlists', {
      data: { name: 'Trees', symbols: ['DEMO-OAK'] },
      headers: { origin: stage.program.url },
    });
    const { id } = await made.json();
    await page.goto(`/watchlists/${id}`);
    await untilLive(page);
    await page.getByRole('link', { name: 'New alert on the list' }).click();
    assert.ok(await page.getByRole('radio', { name: 'A watchlist' }).isChecked());
    await page.getByRole('textbox', { name: 'Condition' }).fill('price > 0.01');
    await page.getByText('Tells you when an instrument of Trees is above 0.01.').waitFor();
    await page.getByText('Already true for 1 of 1').waitFor();
    await page.getByText('Once for each member; then that member is done.').waitFor();
    await page.getByRole('button', { name: 'Save alert' }).click();
    const row = page.getByRole('listitem').filter({ hasText: 'price > 0.01' });
    await row.getByText('1 done').waitFor();
    await page.getByRole('alert').getByText('in Trees').waitFor();
    await row.getByRole('link', { name: 'Trees' }).click();
    await page.getByRole('link', { name: 'DEMO-OAK: why it has not fired' }).click();
    await page.getByRole('heading', { name: 'Why it has not fired on DEMO-OAK' }).waitFor();
    await page.getByText('It has fired and is done; resume it to arm it again.').waitFor();
    await page.request.post(`/api/v1/watchlists/${id}/members`, {
      data: { symbols: ['DEMO-KITE'] },
      headers: { origin: stage.program.url },
    });
    const kite = page.getByRole('row').filter({ hasText: 'DEMO-KITE' });
    await kite.getByText('Done', { exact: true }).waitFor();
    await page.goto('/triggers');
    await page.getByRole('listitem').filter({ hasText: 'DEMO-KITE' }).getByText('in Trees').waitFor();
    await page.goto(`/watchlists/${id}`);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    const refused = page.getByRole('dialog', { name: 'Trees is being watched' });
    await refused.getByRole('link', { name: /above 0.01/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Delete the alert on Trees' }).click();
    await page.getByRole('dialog', { name: 'Delete this alert?' }).getByRole('button', { name: 'Delete' }).click();
    await page.getByText('None yet.').waitFor();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('dialog', { name: 'Delete Trees?' }).getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No watchlist yet').waitFor();
    await context.close();
  });

  await t.test('renamed, and deleted after a question; a name that is taken is told beside the field', async () => {
    const { page, context } = await stage.visitor({ width: 390 });
    await page.goto('/watchlists');
    for (const name of ['Trees', 'Kites']) {
      await page.goto('/watchlists');
      await page.getByRole('button', { name: 'New watchlist' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill(name);
      await page.getByRole('button', { name: 'Make it' }).click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
    }
    await page.getByRole('button', { name: 'Rename' }).click();
    const dialog = page.getByRole('dialog', { name: 'Rename Kites' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill('trees');
    await dialog.getByRole('button', { name: 'Rename' }).click();
    await dialog.getByText('is the name of another of your watchlists').waitFor();
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Dragons');
    await dialog.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('heading', { level: 1, name: 'Dragons' }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog', { name: 'Delete Dragons?' }).getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { level: 1, name: 'Watchlists' }).waitFor();
    await page.getByRole('link', { name: 'Trees' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Dragons' }).count(), 0);
    await context.close();
  });
});
