// A message to an absent user becomes one mail, even if the mail server was away at first. A user who is online gets none.
import type {AddressInfo} from 'node:net';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase} from '@madang/database/connections/pool';
import {setPolicy} from '@madang/database/operator/policies';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {scopes} from '@madang/protocol/keys';
import {presetPolicy} from '@madang/protocol/policy-presets';
import {createServer} from '@madang/server';
import {startCluster} from '@madang/testkit/cluster-processes';
import {silent} from '@madang/testkit/database';
import {RawClient} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {createTransport} from 'nodemailer';
import {SMTPServer} from 'smtp-server';
import {expect, onTestFinished, test} from 'vitest';
import {createNotices} from '../../../examples/mail-notices/src/notices.ts';

const patience = {timeoutMs: 60_000, everyMs: 100};

async function openCluster() {
  const env = {WEBHOOK_SECRET: 'a secret of the tests that is long enough', OUTBOUND_ALLOW: '127.0.0.0/8'};
  const cluster = await startCluster({gateways: 1, worker: true, env});
  onTestFinished(() => cluster.stop());
  const {url} = cluster.gateways[0]!;
  const db = createDatabase({url: cluster.databaseUrl, log: silent, applicationName: 'test'});
  const {id: tenantId} = await findTenantByHost(db, '127.0.0.1');
  const {key} = await addApiKey(db, {tenantId, service: 'shop', scopes});
  const community = presetPolicy('community');
  const types = {...community.types, room: {...community.types.room, push: true}};
  await setPolicy(db, {tenantId, policy: {...community, eventDays: 7, types}, changes: []});
  await db.close();
  return {url, key};
}

/** A mail server that temporarily refuses the first mail. */
async function catchMail() {
  const mails: string[] = [];
  let refused = 0;
  const catcher = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        refused += 1;
        if (refused === 1) return done(Object.assign(new Error('not now'), {responseCode: 451}));
        mails.push(Buffer.concat(chunks).toString());
        done();
      });
    },
  });
  const server = catcher.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => new Promise<void>((resolve) => catcher.close(() => resolve())));
  return {mails, port: (server.address() as AddressInfo).port, tried: () => refused};
}

test('who is away gets one mail, who is connected none', async () => {
  const {url, key} = await openCluster();
  const server = createServer({url, key, timeoutMs: 30_000});
  const {mails, port, tried} = await catchMail();
  const [ann, ben] = await server.putUsers([
    {externalId: 'ann', name: 'Ann', data: {email: 'ann@example.com'}},
    {externalId: 'ben', name: 'Ben', data: {email: 'ben@example.com'}},
  ]);
  const room = await server.createRoom({title: 'Order 7', visibility: 'private'});
  for (const {id} of [ann!, ben!]) await server.addMember(room.id, id);
  const redeemed = await fetch(`${url}/api/v1/auth/ticket`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({ticket: await server.createTicket(ben!.id), token: true}),
  });
  const {token} = (await redeemed.json()) as {token: string};
  const tab = await RawClient.connect(url, {user: ben!, cookie: '', token});
  onTestFinished(() => tab.close());
  await tab.call('session:start', {});

  const failures: unknown[] = [];
  const options = {
    server,
    transport: createTransport({host: '127.0.0.1', port, ignoreTLS: true}),
    secret: '',
    from: 'chat@shop.example',
    pageUrl: 'https://shop.example',
    onFailure: (error: unknown) => void failures.push(error),
  };
  const notices = createNotices(options);
  await new Promise<void>((resolve) => notices.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void notices.close());
  const address = `http://127.0.0.1:${(notices.address() as AddressInfo).port}/`;
  ({secret: options.secret} = await server.addWebhook({url: address, types: ['message.unseen']}));

  const {seq} = await server.send(room.id, 'Your order is ready.');
  await waitFor(() => mails.length === 1, {...patience, what: 'the mail'});
  const read = await fetch(`${url}/api/v1/rooms/${room.id}/read`, {
    method: 'POST',
    headers: {authorization: `Bearer ${key}`, 'madang-as-user': 'ann', 'content-type': 'application/json'},
    body: JSON.stringify({seq}),
  });
  expect(read.status).toBe(200);
  await server.send(room.id, 'It is getting cold.');
  await waitFor(() => mails.length === 2, {
    ...patience,
    what: 'another mail, since the first message was read',
  });

  expect([tried(), failures.length]).toEqual([3, 1]);
  for (const mail of mails) {
    expect(mail).toContain('To: Ann <ann@example.com>');
    expect(mail.replaceAll('=\r\n', '')).toContain(`https://shop.example/rooms/${room.id}`);
    expect(mail).not.toContain('Your order is ready.');
  }
}, 180_000);
