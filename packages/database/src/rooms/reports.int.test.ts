import {expect, test} from 'vitest';
import {createWorld} from '../../test/fixtures.ts';
import {appendBatch} from '../messages/append-batch.ts';
import {deleteMessage} from '../messages/messages.ts';
import {listAudit, listAuditFor} from '../operator/audit.ts';
import {setAdmin} from '../users/users.ts';
import {grantManagement} from './membership.ts';
import {createReport, decideReport, listReports} from './reports.ts';

const {db, adminDb, query, tenantId, account, guest, room, join, item} = await createWorld();

async function stage() {
  const [owner, rude, ann] = [await account(), await account(), await account()];
  const {id: roomId} = await room(owner.id);
  await join(roomId, rude.id);
  await join(roomId, ann.id);
  const connection = await db.connect({name: 'test'});
  const given = [item(roomId, rude.id, 'insult')];
  const [outcome] = await appendBatch(connection, given, {waitsForLocks: true, deadlineMs: 10_000});
  await connection.close();
  const {seq} = (outcome as {result: {seq: number}}).result;
  const report = (userId = ann.id) =>
    createReport(db, {roomId, userId, actorId: userId}, {seq, reason: 'Insults me'});
  return {owner, rude, ann, roomId, seq, report};
}

const judge = (actorId: string) => ({tenantId, actorId});
const openOnes = {open: true, limit: 50};
const membershipOf = async (roomId: string, userId: string) =>
  (
    await query<{banned: boolean; muted: boolean}>(
      'select banned, coalesce(muted_until > now(), false) as muted from memberships where room_id = $1 and user_id = $2',
      [roomId, userId],
    )
  )[0];

test('a report keeps the message, reaches the moderators once, and is theirs alone to see', async () => {
  const {owner, rude, ann, roomId, seq, report} = await stage();

  const first = await report();
  expect(first.notified).toEqual([owner.id]);
  expect(await report()).toEqual({id: first.id, notified: []});
  await deleteMessage(db, grantManagement({tenantId, roomId, userId: rude.id}), {seq});

  const {reports} = await listReports(db, judge(owner.id), openOnes);
  expect(reports).toMatchObject([
    {id: first.id, roomId, seq, reason: 'Insults me', message: {text: 'insult'}},
  ]);
  for (const other of [rude, ann, await account()]) {
    expect(await listReports(db, judge(other.id), openOnes)).toEqual({reports: []});
    const decision = {id: first.id, outcome: 'dismissed', reason: 'no'} as const;
    await expect(decideReport(db, judge(other.id), decision)).rejects.toMatchObject({code: 'not_found'});
  }
});

test('nobody reports their own message, one that they are not shown, or as a stranger', async () => {
  const {rude, roomId, seq, report} = await stage();

  await expect(report(rude.id)).rejects.toMatchObject({code: 'invalid'});
  await expect(report((await guest()).id)).rejects.toMatchObject({code: 'forbidden'});
  await deleteMessage(db, grantManagement({tenantId, roomId, userId: rude.id}), {seq});
  await expect(report()).rejects.toMatchObject({code: 'not_found'});
});

test('each outcome is carried out with the decision, which is made once', async () => {
  for (const outcome of ['dismissed', 'deleted', 'muted', 'banned'] as const) {
    const {owner, rude, roomId, seq, report} = await stage();
    const {id} = await report();

    const decision = {id, outcome, reason: 'Not our tone'};
    const decided = await decideReport(db, judge(owner.id), decision);
    expect(decided.report).toMatchObject({outcome, decision: 'Not our tone', decidedBy: {id: owner.id}});
    expect((await decideReport(db, judge(owner.id), decision)).report).toEqual(decided.report);
    const other = outcome === 'dismissed' ? 'deleted' : 'dismissed';
    await expect(decideReport(db, judge(owner.id), {...decision, outcome: other})).rejects.toMatchObject({
      code: 'conflict',
      details: {outcome},
    });

    const [message] = await query<{text: string}>(
      'select text from messages where room_id = $1 and seq = $2',
      [roomId, seq],
    );
    expect(message?.text).toBe(outcome === 'deleted' ? '' : 'insult');
    expect(decided.frame !== undefined).toBe(outcome === 'deleted' || outcome === 'banned');
    expect(await membershipOf(roomId, rude.id)).toEqual({
      banned: outcome === 'banned',
      muted: outcome === 'muted',
    });
    const [line] = await listAudit(adminDb, {tenantId, action: 'report:decide', limit: 1});
    expect(line).toMatchObject({reason: 'Not our tone', details: {reportId: id, outcome}});
  }
});

test('administrators judge all reports and read the audit log, until they are none any more', async () => {
  const {report} = await stage();
  const {id} = await report();
  const admin = await account();
  const lines = () => listAuditFor(db, judge(admin.id), {limit: 1});
  await expect(lines()).rejects.toMatchObject({code: 'forbidden'});
  await expect(setAdmin(adminDb, {tenantId, userId: (await guest()).id}, true)).rejects.toMatchObject({
    code: 'not_found',
  });

  await setAdmin(adminDb, {tenantId, userId: admin.id}, true);
  const decision = {id, outcome: 'banned', reason: 'Enough'} as const;
  await decideReport(db, judge(admin.id), decision);
  const page = await lines();
  expect(page).toMatchObject({lines: [{action: 'report:decide', actor: {id: admin.id}, reason: 'Enough'}]});
  const second = await listAuditFor(db, judge(admin.id), {limit: 1, after: page.next!});
  expect(second.lines[0]!.id).toBeLessThan(page.lines[0]!.id);

  await setAdmin(adminDb, {tenantId, userId: admin.id}, false);
  await expect(lines()).rejects.toMatchObject({code: 'forbidden'});
});
