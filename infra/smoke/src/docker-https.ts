/** The stack as `init` sets it up for production, with a self-signed certificate. */
import {readFileSync, writeFileSync, chmodSync} from 'node:fs';
import {join} from 'node:path';
import tls from 'node:tls';
import {waitFor} from '@madang/testkit/wait-for';
import {createStack} from './compose-stack.ts';
import type {Stack} from './compose-stack.ts';
import {talkAcross} from './docker-outside.ts';
import {expect, run, step} from './steps.ts';

type Place = {dir: string; http: string; https: string};

export async function checkHttps(stack: Stack, {dir, http, https}: Place): Promise<void> {
  const url = `https://localhost:${https}`;
  await step('make a certificate', () => makeCertificate(dir));
  const secrets = {
    SESSION_SECRET: await run('openssl', ['rand', '-hex', '32']),
    POSTGRES_PASSWORD: await run('openssl', ['rand', '-hex', '32']),
    REDIS_PASSWORD: await run('openssl', ['rand', '-hex', '32']),
  };
  await stack.down();
  const production = createStack('madang-smoke', {
    ...(stack.env as Record<string, string>),
    ...secrets,
    MADANG_ENV: 'production',
    PUBLIC_URL: url,
  });
  await step('up in production', () => production.compose('up', '-d'));
  await step('HTTP is redirected to HTTPS', async () => {
    await waitFor(() => fetch(`${url}/readyz`).then(({ok}) => ok), {timeoutMs: 30_000, what: 'HTTPS'});
    const {status, headers} = await fetch(`http://localhost:${http}/a?b=c`, {redirect: 'manual'});
    const location = headers.get('location');
    expect(status === 308 && location === `${url}/a?b=c`, `${status} ${location}`);
  });
  await step('the cookie is __Host- and Secure', async () => {
    const guest = await fetch(`${url}/api/v1/auth/guest`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: '{}',
    });
    const cookie = guest.headers.getSetCookie().join();
    expect(cookie.startsWith('__Host-madang=') && /; Secure/i.test(cookie), `the cookie is ${cookie}`);
  });
  await step(
    'sign-in and chat over HTTPS and wss',
    () => talkAcross(url),
    (nodes) => nodes.join(', '),
  );
}

async function makeCertificate(dir: string): Promise<void> {
  const [key, certificate, both] = ['key.pem', 'certificate.pem', 'madang.pem'].map((name) =>
    join(dir, name),
  ) as [string, string, string];
  const request =
    'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost';
  await run('openssl', [...request.split(' '), '-keyout', key, '-out', certificate]);
  writeFileSync(both, readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'));
  // The balancer does not run as root.
  chmodSync(dir, 0o755);
  chmodSync(both, 0o644);
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(certificate, 'utf8')]);
}
