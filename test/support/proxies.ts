/**
 * Real proxies in front of a program, as people set them up: nginx and Caddy, each over HTTP/1.1 and, with a certificate
 * of its own, over HTTP/2. They end with the test.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { eventually } from './client.ts';
import { ROOT } from './need.ts';
import { freePort } from './ports.ts';
import { freshFolder } from './program.ts';

export interface Front {
  readonly name: string;
  readonly url: string;
  readonly protocol: 'http/1.1' | 'h2';
}

async function run(t: TestContext, command: readonly string[], env: NodeJS.ProcessEnv, url: string): Promise<void> {
  const child: ChildProcess = spawn(command[0] as string, command.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text));
  const exited = new Promise((end) => child.once('exit', end));
  t.after(async () => {
    // Not SIGKILL: nginx's workers would outlive it.
    child.kill('SIGTERM');
    await exited;
  });
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`${command[0]} ended: ${output}`);
    return fetch(url).then(
      () => true,
      () => false,
    );
  }, `${command[0]} listens`);
}

/**
 * Nothing of nginx is tuned for streams: what they need to pass at once, they say themselves. A WebSocket needs the two
 * headers that nginx's own documents give for it.
 */
export async function startNginx(t: TestContext, program: string, upstream: string): Promise<readonly Front[]> {
  const folder = freshFolder(t, 'nginx');
  const [plain, secure] = [await freePort(), await freePort()];
  mkdirSync(join(folder, 'temp'));
  const certificate = spawnSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
      ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')],
    ],
    { encoding: 'utf8' },
  );
  if (certificate.status !== 0) throw new Error(`openssl: ${certificate.stderr}`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${folder}/temp;`);
  const location = `location / {
      proxy_pass ${upstream}; proxy_http_version 1.1;
      proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
    }`;
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log stderr; events {}
http {
  access_log off; ${temporary.join(' ')}
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  server { listen 127.0.0.1:${plain}; ${location} }
  server {
    listen 127.0.0.1:${secure} ssl http2; ssl_certificate ${folder}/certificate.pem; ssl_certificate_key ${folder}/key.pem;
    ${location}
  }
}
`,
  );
  const url = `http://127.0.0.1:${plain}`;
  await run(t, [program, '-p', folder, '-c', join(folder, 'nginx.conf')], process.env, url);
  return [
    { name: 'nginx', url, protocol: 'http/1.1' },
    { name: 'nginx', url: `https://127.0.0.1:${secure}`, protocol: 'h2' },
  ];
}

export async function startCaddy(t: TestContext, program: string, upstream: string): Promise<readonly Front[]> {
  const folder = freshFolder(t, 'caddy');
  const [plain, secure] = [await freePort(), await freePort()];
  writeFileSync(
    join(folder, 'Caddyfile'),
    `{
  admin off
  auto_https disable_redirects
  skip_install_trust
}
http://127.0.0.1:${plain} {
  reverse_proxy ${upstream}
}
https://localhost:${secure} {
  bind 127.0.0.1
  tls internal
  reverse_proxy ${upstream}
}
`,
  );
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const url = `http://127.0.0.1:${plain}`;
  await run(t, [program, 'run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'], env, url);
  return [
    { name: 'Caddy', url, protocol: 'http/1.1' },
    { name: 'Caddy', url: `https://localhost:${secure}`, protocol: 'h2' },
  ];
}

/** A text in which each of these stands once, with what stands in its place. */
function fill(text: string, places: Readonly<Record<string, string>>): string {
  return Object.entries(places).reduce((filled, [from, to]) => {
    if (filled.split(from).length !== 2) throw new Error(`not exactly once: ${from}`);
    return filled.replace(from, () => to);
  }, text);
}

/** nginx with the configuration that deploy/ ships, in front of two gateways, without its certificate. */
export async function startShippedNginx(t: TestContext, program: string, gateways: readonly string[]): Promise<Front> {
  const folder = freshFolder(t, 'nginx');
  const [port, other] = [await freePort(), await freePort()];
  mkdirSync(join(folder, 'temp'));
  const shipped = fill(readFileSync(join(ROOT, 'deploy/nginx/tocsin.conf'), 'utf8'), {
    '10.0.0.21:3000': new URL(gateways[0] as string).host,
    '10.0.0.22:3000': new URL(gateways[1] as string).host,
    'listen 80;': `listen 127.0.0.1:${other};`,
    'listen 443 ssl http2;': `listen 127.0.0.1:${port};`,
    'ssl_certificate /etc/ssl/certs/alerts.example.org.pem;': '',
    'ssl_certificate_key /etc/ssl/private/alerts.example.org.key;': '',
  });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${folder}/temp;`);
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; pid ${folder}/pid; error_log stderr; events {}\nhttp {\naccess_log off; ${temporary.join(' ')}\n${shipped}\n}\n`,
  );
  const url = `http://127.0.0.1:${port}`;
  await run(t, [program, '-p', folder, '-c', config], process.env, url);
  return { name: 'nginx', url, protocol: 'http/1.1' };
}

/** Caddy with the configuration that deploy/ ships, in front of two gateways, without a certificate. */
export async function startShippedCaddy(t: TestContext, program: string, gateways: readonly string[]): Promise<Front> {
  const folder = freshFolder(t, 'caddy');
  const url = `http://127.0.0.1:${await freePort()}`;
  const shipped = fill(readFileSync(join(ROOT, 'deploy/caddy/Caddyfile'), 'utf8'), {
    '\nalerts.example.org {': `\n${url} {`,
    '10.0.0.21:3000': new URL(gateways[0] as string).host,
    '10.0.0.22:3000': new URL(gateways[1] as string).host,
  });
  const config = join(folder, 'Caddyfile');
  writeFileSync(config, `{\n\tadmin off\n}\n${shipped}`);
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  await run(t, [program, 'run', '--config', config, '--adapter', 'caddyfile'], env, url);
  return { name: 'Caddy', url, protocol: 'http/1.1' };
}
