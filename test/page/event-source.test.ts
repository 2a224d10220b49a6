/**
 * The browser's own EventSource and WebSocket, straight to the program and through real proxies, while the program is
 * stopped and started again: every trigger comes, once and in order.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium, type Page } from 'playwright-core';
import { Client, eventually } from '../support/client.ts';
import { needChromium, needProgram } from '../support/need.ts';
import { freePort } from '../support/ports.ts';
import { freshFolder, startProgram } from '../support/program.ts';
import { type Front, startCaddy, startNginx } from '../support/proxies.ts';

interface Watched {
  readonly proxy: Front;
  readonly page: Page;
  /** Acts for the page's user, past the proxy. */
  readonly user: Client;
  readonly symbol: string;
  seen(): Promise<{
    readonly triggers: string[];
    readonly opens: number;
    readonly prices: number;
    readonly overSocket: string[];
    readonly socketOpens: number;
  }>;
}

/** As the page does it: where the browser gives up (a proxy answers 502), a new one begins after the last id. */
function listen(): void {
  const seen = { triggers: [] as string[], opens: 0, prices: 0, overSocket: [] as string[], socketOpens: 0 };
  let lastHeard = '';
  const converse = (): void => {
    const query = lastHeard === '' ? '' : `?lastEventId=${lastHeard}`;
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/api/v1/ws${query}`);
    socket.onclose = () => setTimeout(converse, 500);
    socket.onmessage = ({ data }) => {
      const { event, id, data: told } = JSON.parse(data);
      if (event === 'ready') seen.socketOpens += 1;
      if (event === 'trigger') seen.overSocket.push(told.id);
      lastHeard = id ?? lastHeard;
    };
  };
  let lastId = '';
  const open = (): void => {
    const source = new EventSource(`/api/v1/stream${lastId === '' ? '' : `?lastEventId=${lastId}`}`);
    source.onopen = () => {
      seen.opens += 1;
      // Not before: it has made this browser a user.
      if (seen.opens === 1) converse();
    };
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 500);
    };
    source.addEventListener('price', () => {
      seen.prices += 1;
    });
    source.addEventListener('trigger', (event) => {
      lastId = event.lastEventId;
      seen.triggers.push(JSON.parse(event.data).id);
    });
  };
  open();
  Object.assign(window, { seen });
}

async function watch(page: Page, proxy: Front, direct: string, symbol: string): Promise<Watched> {
  await page.goto(`${proxy.url}/api/v1/session`);
  await page.evaluate(listen);
  const seen = (): ReturnType<Watched['seen']> => page.evaluate('window.seen');
  await eventually(async () => {
    const { opens, socketOpens } = await seen();
    return opens === 1 && socketOpens === 1;
  }, `${proxy.name} ${proxy.protocol} opens`);
  const cookies = await page.context().cookies();
  const user = new Client(direct);
  for (const { name, value } of cookies) user.cookies.set(name, value);
  const { key } = await user.ok('POST', '/api/v1/api-keys', { name: 'push' });
  user.headers['x-api-key'] = key;
  await user.ok('POST', '/api/v1/prices', { symbol, price: 100 });
  const alert = await user.ok('POST', '/api/v1/alerts', {
    ...{ symbol, condition: 'price crosses above 101', frequency: 'repeat', cooldown: '0s' },
  });
  await eventually(async () => (await user.ok('GET', `/api/v1/alerts/${alert.id}`)).status === 'armed', 'armed');
  return { proxy, page, user, symbol, seen };
}

async function cross(all: readonly Watched[], times: number): Promise<void> {
  for (const { user, symbol } of all)
    for (let time = 0; time < times; time += 1)
      for (const price of [102, 100]) await user.ok('POST', '/api/v1/prices', { symbol, price });
}

async function hearAll(all: readonly Watched[], times: number): Promise<void> {
  for (const { proxy, user, seen } of all) {
    const title = `${proxy.name} over ${proxy.protocol}`;
    await eventually(async () => {
      const { triggers, overSocket } = await seen();
      return triggers.length >= times && overSocket.length >= times;
    }, `${times} triggers through ${title}`);
    const stored = await user.all('/api/v1/triggers');
    assert.equal(stored.length, times, title);
    const expected = stored.map(({ id }) => id).reverse();
    const { triggers, overSocket } = await seen();
    assert.deepEqual(triggers, expected, title);
    assert.deepEqual(overSocket, expected, `${title}, WebSocket`);
  }
}

test('EventSource and WebSocket hear every trigger once, across a restart, straight and through nginx and Caddy', async (t) => {
  const executablePath = needChromium(t);
  if (executablePath === null) return;
  const nginx = needProgram(t, 'nginx', 'nginx');
  const caddy = needProgram(t, 'caddy', 'caddy');
  if (nginx === null || caddy === null) return;
  const port = await freePort();
  const dataDir = freshFolder(t, 'data');
  const env = { PORT: String(port), TRUSTED_PROXIES: '127.0.0.1' };
  const first = await startProgram(t, { dataDir, env });
  const proxies: readonly Front[] = [
    { name: 'nothing', url: first.url, protocol: 'http/1.1' },
    ...(await startNginx(t, nginx, first.url)),
    ...(await startCaddy(t, caddy, first.url)),
  ];
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  t.after(() => browser.close());
  const all: Watched[] = [];
  for (const [index, proxy] of proxies.entries()) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    all.push(await watch(await context.newPage(), proxy, first.url, `MINE${index}`));
  }
  for (const { proxy, page } of all)
    assert.equal(
      await page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol"),
      proxy.protocol,
      proxy.name,
    );
  await cross(all, 2);
  await hearAll(all, 2);
  assert.equal(await first.stop(), 0);
  const second = await startProgram(t, { dataDir, env });
  await cross(all, 2);
  await hearAll(all, 4);
  for (const { seen, proxy } of all) {
    const { opens, socketOpens } = await seen();
    assert.ok(opens > 1 && socketOpens > 1, proxy.name);
  }
  assert.equal(await second.stop(), 0);
});
