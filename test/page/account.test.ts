/** Accounts on the page: signing up keeps everything, signing in elsewhere brings it, channels tell what was answered. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { needChromium } from '../support/need.ts';
import { openStage } from './browser.ts';

test('accounts and channels on the page', async (t) => {
  const chromium = needChromium(t);
  if (!chromium) return;
  const stage = await openStage(t, chromium, { WEBHOOK_ALLOW_PRIVATE: 'true' });
  const email = 'ada@example.org';
  const password = 'correct horse battery';

  await t.test('signing up keeps the alerts made before', async () => {
    const { page, context } = await stage.visitor();
    await page.goto('/alerts/new?symbol=DEMO-OAK&condition=price+crosses+above+99999');
    await page.getByText('No account needed').waitFor();
    await page.getByRole('button', { name: 'Save alert' }).click();
    await page.getByText('price crosses above 99999').waitFor();
    await page.goto('/account');
    await page.getByText('You are here without an account').waitFor();
    await page.getByLabel('E-mail').fill('not an address');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: /sign up/i }).click();
    await page.locator('[aria-invalid=true]').and(page.getByLabel('E-mail')).waitFor();
    await page.getByLabel('E-mail').fill(email);
    await page.getByRole('button', { name: /sign up/i }).click();
    await page.getByRole('region', { name: 'Signed in as' }).getByText(email).waitFor();
    await page.goto('/alerts');
    await page.getByText('price crosses above 99999').waitFor();
    await page.goto('/account');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign up and keep my alerts' }).waitFor();
    await page.goto('/alerts');
    await page.getByText('Nothing is being watched for you yet').waitFor();
    await context.close();
  });

  await t.test('signing in on another device brings them', async () => {
    const { page, context } = await stage.visitor();
    await page.goto('/account');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill('wrong horse');
    const signIn = page.locator('form').getByRole('button', { name: 'Sign in' });
    await signIn.click();
    await page
      .getByRole('status')
      .filter({ hasText: /password|e-mail/i })
      .first()
      .waitFor();
    await page.getByLabel('Password').fill(password);
    await signIn.click();
    await page.getByRole('region', { name: 'Signed in as' }).getByText(email).waitFor();
    await page.goto('/alerts');
    await page.getByText('price crosses above 99999').waitFor();
    await context.close();
  });

  await t.test(
    "a channel is added, its signing key shown once, and a test reports the far end's own answer",
    async () => {
      let status = 200;
      const server = createServer((request, response) => {
        request.resume();
        response
          .writeHead(status, { 'content-type': 'text/plain' })
          .end(status === 200 ? 'taken' : 'this hook was removed');
      });
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      const { page, context } = await stage.visitor();
      try {
        await page.goto('/channels');
        await page.getByRole('button', { name: 'Add a channel' }).click();
        const dialog = page.getByRole('dialog', { name: 'Add a channel' });
        await dialog.getByText('webhook', { exact: true }).click();
        await dialog.getByLabel('Name').fill('Desk');
        await dialog.getByLabel('Address').fill('nonsense');
        await dialog.getByRole('button', { name: 'Add', exact: true }).click();
        await dialog.locator('[aria-invalid=true]').waitFor();
        await dialog.getByLabel('Address').fill(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
        await dialog.getByRole('button', { name: 'Add', exact: true }).click();
        assert.match(await dialog.getByLabel('secret', { exact: true }).inputValue(), /^whsec_/);
        await dialog.getByRole('button', { name: 'I have copied it' }).click();
        const card = page.getByRole('region', { name: 'Desk' });
        await card.getByText('set, never shown').waitFor();
        await card.getByRole('button', { name: 'Send a test' }).click();
        await card.getByText(/Accepted \(200\) in/).waitFor();
        status = 410;
        await card.getByRole('button', { name: 'Send a test' }).click();
        await card.getByText(/Refused \(410\) in/).waitFor();
        await card.getByText('this hook was removed').first().waitFor();
        await card.getByRole('button', { name: 'Delete Desk' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
        await card.waitFor({ state: 'detached' });
      } finally {
        await context.close();
        server.close();
      }
    },
  );
});
