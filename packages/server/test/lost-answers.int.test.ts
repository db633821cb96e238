/**
 * Makes each call of the package while the cluster's first answer is lost. The call takes effect once, except createKey,
 * addWebhook and rotateWebhook, and returns as if nothing happened.
 */
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase} from '@madang/database/connections/pool';
import {setPolicy} from '@madang/database/operator/policies';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {scopes} from '@madang/protocol/keys';
import {presetPolicy} from '@madang/protocol/policy-presets';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {collect} from '@madang/testkit/collect';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createServer, type Server} from '../src/server.ts';

const silent = {debug() {}, info() {}, warn() {}, error() {}};
let cluster: ProcessCluster;
let server: Server;
/** The cluster's answers to the requests whose answer was lost on the way. */
const lost: number[] = [];
let isLosing = false;
let keyId: string;
let spareKeyId: string;

beforeAll(async () => {
  const env = {WEBHOOK_SECRET: 'a secret of the tests that is long enough', OUTBOUND_ALLOW: '127.0.0.0/8'};
  cluster = await startCluster({gateways: 1, env});
  const {url} = cluster.gateways[0]!;
  const db = createDatabase({
    url: cluster.databaseUrl,
    log: silent,
    applicationName: 'test',
    deadlineMs: 20_000,
  });
  const {id: tenantId} = await findTenantByHost(db, '127.0.0.1');
  const {key, id} = await addApiKey(db, {tenantId, service: 'shop', scopes});
  ({id: spareKeyId} = await addApiKey(db, {tenantId, service: 'spare'}));
  keyId = id;
  const policy = {...presetPolicy('community'), eventDays: 7};
  await setPolicy(db, {tenantId, policy, changes: []});
  await db.close();
  const losing: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (!isLosing || response.status >= 500) return response;
    isLosing = false;
    lost.push(response.status);
    await response.arrayBuffer();
    throw new TypeError('fetch failed', {cause: Object.assign(new Error('read'), {code: 'ECONNRESET'})});
  };
  server = createServer({url, key, fetch: losing, timeoutMs: 30_000});
}, 120_000);
afterAll(() => cluster?.stop());

type Place = {roomId: string; userId: string; otherId: string; texts(): Promise<string[]>};

async function place(): Promise<Place> {
  const user = await server.putUser('ann', {name: 'Ann'});
  const other = await server.putUser('ben', {name: 'Ben'});
  const room = await server.createRoom({title: 'Order', visibility: 'private'});
  await server.addMember(room.id, user.id);
  return {
    roomId: room.id,
    userId: user.id,
    otherId: other.id,
    texts: async () => (await server.listMessages(room.id)).messages.map(({text}) => text),
  };
}

const ended = (userId: string) => ({id: userId, name: 'Ann'});

/** A port on which nobody listens. */
const webhookUrl = 'http://127.0.0.1:9/';

/** Loses only the first answer of the use. */
async function withWebhook(use: (id: string) => Promise<unknown>): Promise<void> {
  isLosing = false;
  const {webhook} = await server.addWebhook({url: webhookUrl});
  isLosing = true;
  await use(webhook.id);
  await server.removeWebhook(webhook.id);
}

const calls: Record<Exclude<keyof Server, 'asUser'>, (place: Place) => Promise<void>> = {
  async putUser() {
    const user = await server.putUser('cid', {name: 'Cid'});
    expect(await server.putUser('cid', {name: 'Cid'})).toEqual(user);
  },
  async putUsers() {
    const users = ['dan', 'eve'].map((externalId) => ({externalId, name: externalId}));
    expect(await server.putUsers(users)).toEqual(await server.putUsers(users));
  },
  async getUser({userId}) {
    expect(await server.getUser('ann')).toMatchObject(ended(userId));
  },
  async listUsers({userId}) {
    expect((await server.listUsers({externalIds: ['ann']})).users).toMatchObject([ended(userId)]);
  },
  async users({userId}) {
    expect(await collect(server.users({externalIds: ['ann']}))).toMatchObject([ended(userId)]);
  },
  async disableUser() {
    expect(await server.disableUser('ben')).toMatchObject({disabled: true});
  },
  async enableUser() {
    expect(await server.enableUser('ben')).not.toHaveProperty('disabled');
  },
  async signOutUser({userId}) {
    expect(await server.signOutUser(`id:${userId}`)).toMatchObject(ended(userId));
  },
  async deleteUser({otherId}) {
    expect(await server.deleteUser('ben', {messages: 'keep'})).toEqual({userId: otherId, messages: 'keep'});
  },
  async exportUser() {
    const types = [];
    for await (const {type} of server.exportUser('ann')) types.push(type);
    expect([types[0], types.at(-1)]).toEqual(['user', 'end']);
  },
  async createTicket({userId}) {
    expect(await server.createTicket(userId)).toMatch(/^mdt_/);
  },
  async createRoom() {
    expect(await server.createRoom({title: 'Once'})).toMatchObject({title: 'Once', memberCount: 1});
  },
  async closeRoom({roomId}) {
    const closed = await server.closeRoom(roomId);
    expect(closed.closedAt).toEqual(expect.any(String));
  },
  async room({roomId}) {
    expect(await server.room(roomId)).toMatchObject({title: 'Order', memberCount: 2});
  },
  async listRooms({roomId}) {
    expect((await server.listRooms()).rooms[0]).toMatchObject({id: roomId});
  },
  async rooms({roomId}) {
    for await (const room of server.rooms()) {
      expect(room.id).toBe(roomId);
      break;
    }
  },
  async updateRoom({roomId}) {
    expect(await server.updateRoom(roomId, {data: {state: 'new'}})).toMatchObject({data: {state: 'new'}});
  },
  async truncateRoom({roomId}) {
    expect(await server.truncateRoom(roomId, 1)).not.toHaveProperty('firstSeq');
    await server.send(roomId, 'gone');
    const {firstSeq} = await server.truncateRoom(roomId);
    expect(await server.truncateRoom(roomId, 1)).toMatchObject({firstSeq});
  },
  async putMembers({roomId, userId}) {
    const members = [{user: 'ben'}, {user: `id:${userId}`}, {user: 'nobody'}];
    expect(await server.putMembers(roomId, members)).toEqual({
      joined: [],
      refused: [{userId: 'nobody', code: 'not_found'}],
    });
    expect(await server.room(roomId)).toMatchObject({memberCount: 3});
  },
  async updateMember({roomId, userId}) {
    expect(await server.updateMember(roomId, userId, {role: 'moderator'})).toMatchObject({role: 'moderator'});
  },
  async editMessage({roomId, texts}) {
    isLosing = false;
    const {seq} = await server.send(roomId, 'first');
    isLosing = true;
    await server.editMessage(roomId, seq, {text: 'second', data: {at: null}});
    expect(await texts()).toEqual(['second']);
  },
  async deleteMessage({roomId}) {
    isLosing = false;
    const {seq} = await server.send(roomId, 'first');
    isLosing = true;
    const {rev} = await server.deleteMessage(roomId, seq);
    expect(await server.deleteMessage(roomId, seq)).toEqual({seq, rev});
  },
  async importMessages({userId}) {
    isLosing = false;
    const room = await server.createRoom({title: 'Past', archived: true, visibility: 'private'});
    isLosing = true;
    const past = {clientId: room.id, senderId: userId, text: 'then', createdAt: '2020-01-01T00:00:00.000Z'};
    expect(await server.importMessages(room.id, [past])).toMatchObject([{seq: 1, duplicate: true}]);
    expect(await server.readMessages([{roomId: room.id, seq: 1}])).toMatchObject([
      {text: 'then', imported: true},
    ]);
  },
  async readMessages({roomId}) {
    expect(await server.readMessages([{roomId, seq: 1}])).toEqual([]);
  },
  async addMember({roomId, otherId}) {
    expect(await server.addMember(roomId, otherId, 'moderator')).toMatchObject({role: 'moderator'});
    expect(await server.addMember(roomId, otherId)).toMatchObject({role: 'moderator'});
  },
  async removeMember({roomId, userId}) {
    await server.removeMember(roomId, userId);
    await expect(server.removeMember(roomId, userId)).resolves.toBeUndefined();
  },
  async send({roomId, texts}) {
    expect(await server.send(roomId, 'once')).toMatchObject({duplicate: true});
    expect(await texts()).toEqual(['once']);
  },
  async listMessages({texts}) {
    expect(await texts()).toEqual([]);
  },
  async members({roomId}) {
    const members = await collect(server.members(roomId));
    expect(members.length).toBeGreaterThan(0);
  },
  async messages({roomId}) {
    expect(await collect(server.messages(roomId))).toEqual([]);
  },
  async listMembers({roomId}) {
    expect((await server.listMembers(roomId)).members.length).toBeGreaterThan(0);
  },
  async syncRoom({roomId}) {
    expect(await server.syncRoom(roomId, {after: 0})).toMatchObject({roomId, after: 0});
  },
  async exportRoom({roomId}) {
    const types = [];
    for await (const {type} of server.exportRoom(roomId)) types.push(type);
    expect([types[0], types.at(-1)]).toEqual(['room', 'end']);
  },
  async signFiles({roomId}) {
    expect(await server.signFiles([roomId])).toMatchObject([{id: roomId}]);
  },
  async tenant() {
    expect(await server.tenant()).toMatchObject({policy: {}, version: expect.any(Number)});
  },
  // The patch was stored, so its version is no longer the current one.
  async updateTenant() {
    isLosing = false;
    const {version} = await server.tenant();
    isLosing = true;
    const patched = server.updateTenant({version, patch: {name: 'Lost and found'}});
    await expect(patched).rejects.toMatchObject({code: 'conflict', details: {version: version + 1}});
    expect(await server.tenant()).toMatchObject({policy: {name: 'Lost and found'}});
  },
  async usage() {
    expect((await server.usage()).days.length).toBeGreaterThan(0);
  },
  // Nothing numbers events here, so there is none: the answer is lost, and the request repeated and answered.
  async events() {
    // The iteration ends with the cluster.
    const next = server
      .events({after: 0})
      .next()
      .catch(() => undefined);
    await waitFor(() => !isLosing, {timeoutMs: 20_000, what: 'the answer to be lost'});
    await expect(Promise.race([next, Promise.resolve('goes on')])).resolves.toBe('goes on');
  },
  async listWebhooks() {
    expect(await server.listWebhooks()).toEqual([]);
  },
  // A lost secret cannot be shown again, so nobody has the secret of the second webhook.
  async addWebhook() {
    const {webhook} = await server.addWebhook({url: webhookUrl});
    expect((await server.listWebhooks()).map(({id}) => id)).toContain(webhook.id);
    for (const {id} of await server.listWebhooks()) await server.removeWebhook(id);
  },
  async getWebhook() {
    await withWebhook(async (id) => expect(await server.getWebhook(id)).toMatchObject({id}));
  },
  async updateWebhook() {
    await withWebhook(async (id) =>
      expect(await server.updateWebhook(id, {enabled: false})).toMatchObject({status: 'disabled'}),
    );
  },
  async removeWebhook() {
    await withWebhook((id) => server.removeWebhook(id));
  },
  async testWebhook() {
    await withWebhook(async (id) => expect(await server.testWebhook(id)).toMatchObject({delivered: false}));
  },
  async replayWebhook() {
    await withWebhook(async (id) => expect(await server.replayWebhook(id, 0)).toMatchObject({position: 0}));
  },
  async rotateWebhook() {
    await withWebhook(async (id) => expect(await server.rotateWebhook(id)).toMatch(/^whsec_/));
  },
  // A lost secret cannot be shown again, so nobody holds the second key.
  async createKey() {
    const {key, secret} = await server.createKey({service: 'lost', scopes: ['send']});
    expect(secret.slice(0, key.hint.length)).toBe(key.hint);
  },
  async listKeys() {
    for await (const {id} of server.listKeys()) expect(id).toEqual(expect.any(String));
  },
  async getKey() {
    expect(await server.getKey(keyId)).toMatchObject({id: keyId});
  },
  async revokeKey() {
    expect(await server.revokeKey(spareKeyId)).toMatchObject({revokedAt: expect.any(String)});
  },
  async notify({userId}) {
    const note = {to: [userId], type: 'order', data: {}, key: `lost-${userId}`};
    expect(await server.notify(note)).toEqual(await server.notify(note));
  },
};

test.each(Object.keys(calls) as (keyof typeof calls)[])(
  '%s is answered though its first answer was lost',
  async (name) => {
    const where = await place();
    lost.length = 0;
    isLosing = true;

    await calls[name](where);

    expect(lost).toHaveLength(1);
    expect(lost[0]).toBeLessThan(300);
  },
);

test('covers every call of the package', () => {
  expect(Object.keys(calls).toSorted()).toEqual(Object.keys(server.asUser('ann')).toSorted());
});
