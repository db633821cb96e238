import {createDatabase} from '@madang/database/connections/pool';
import {listAudit} from '@madang/database/operator/audit';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {createLogger} from '@madang/runtime/log';
import {createTestDatabase} from '@madang/testkit/database';
import {waitFor} from '@madang/testkit/wait-for';
import {setTimeout as sleep} from 'node:timers/promises';
import {expect, onTestFinished, test} from 'vitest';
import {createAuditTrail} from './audit-trail.ts';

const log = createLogger({name: 'test', level: 'silent'});

async function setUp() {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const options = {url: database.url, log, applicationName: 'test'};
  const patience = {lockTimeoutMs: 30_000, statementTimeoutMs: 30_000, deadlineMs: 30_000};
  const db = createDatabase({...options, ...patience});
  // One connection, so that its statements are one transaction.
  const holder = createDatabase({...options, ...patience, maxConnections: 1});
  onTestFinished(() => holder.close());
  onTestFinished(() => db.close());
  const ask = (text: string) => holder.query({name: '', text});
  const {id: tenantId} = await findTenantByHost(db, 'localhost');
  const trail = createAuditTrail(db, log);
  const note = (action: string) => trail.note({tenantId, action});
  const written = async () => (await listAudit(db, {action: 'test', limit: 200})).map(({action}) => action);
  return {ask, note, written, trail};
}

test('lines that come while others are being written are written after them', async () => {
  const {ask, note, written, trail} = await setUp();
  await ask('begin');
  await ask('lock table audit_log in exclusive mode');

  note('test:first');
  await sleep(200);
  // The first write is under way, and the time at which these would be written passes as well.
  note('test:second');
  await sleep(200);
  await ask('commit');

  await waitFor(async () => (await written()).length === 2, {timeoutMs: 20_000, what: 'both lines'});
  note('test:third');
  await waitFor(async () => (await written()).length === 3, {timeoutMs: 20_000, what: 'the third line'});
  expect((await written()).toSorted()).toEqual(['test:first', 'test:second', 'test:third']);
  await trail.stop();
});
