/**
 * Promises 5 and 6: the end of a membership is exact to the rev on every node, even if its frame was lost. Leaving and
 * joining again loses nothing, on any node.
 */
import {randomUUID} from 'node:crypto';
import {grantMembership} from '@madang/database/rooms/membership';
import {removeMember, updateMember} from '@madang/database/rooms/members';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {findRoomAccess} from '@madang/database/rooms/rooms';
import type {Acknowledgement} from '@madang/protocol/events';
import type {Frame} from '@madang/protocol/log';
import type {SendMessageResult} from '@madang/protocol/messages';
import type {RoomState} from '@madang/protocol/rooms';
import {createLogger} from '@madang/runtime/log';
import {findGaps, RawClient, Refused, signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';

/** The time to make up for a lost broadcast: a pulse, a read, and a busy machine. */
const soon = {timeoutMs: 5_000};

describe.each([
  ['with every broadcast delivered', '0'],
  ['with every broadcast lost', '1'],
])('%s', (_circumstances, share) => {
  let cluster: Gateways;
  let db: Database;
  beforeAll(async () => {
    cluster = await startGateways(3, {MADANG_DROP_BROADCASTS: share});
    const log = createLogger({name: 'test', level: 'warn'});
    db = createDatabase({
      url: cluster.databaseUrl,
      log,
      applicationName: 'test',
      deadlineMs: 20_000,
      statementTimeoutMs: 20_000,
    });
  });
  afterAll(async () => {
    await cluster.stop();
    await db.close();
  });

  const open = (node: number, who: SignedIn) => RawClient.connect(cluster.urls[node]!, who);
  const guest = () => signInGuest(cluster.urls[0]!);

  async function membershipOf(userId: string, roomId: string) {
    const [tenant] = await db.query<{id: string}>({name: '', text: `select id from tenants`});
    const access = await findRoomAccess(db, {tenantId: tenant!.id, roomId, userId});
    return grantMembership(access!.membership!);
  }

  test.each([
    ['kick', 'removed', 'over a socket'],
    ['kick', 'removed', 'with its frame lost'],
    ['ban', 'banned', 'over a socket'],
    ['ban', 'banned', 'with its frame lost'],
  ])('a %s lets nothing past leftAt through (%s, %s)', async (act, reason, way) => {
    const [ownerUser, memberUser, witnessUser] = [await guest(), await guest(), await guest()];
    const owner = await open(0, ownerUser);
    const tabs = [await open(0, memberUser), await open(1, memberUser), await open(2, memberUser)];
    const witnesses = [await open(1, witnessUser), await open(2, witnessUser)];
    const {room} = await owner.call('room:create', {title: 'Courtyard'});
    const roomId = room.id;
    for (const [first, ...others] of [tabs, witnesses]) {
      await first!.call('room:join', {roomId});
      for (const tab of others) await tab.call('session:start', {});
    }
    await tabs[0]!.call('session:start', {});
    const userId = memberUser.user.id;
    const sending = Promise.all(
      Array.from({length: 60}, (_, count) => send(owner, roomId, `around ${count}`)),
    );

    // Written directly to the database, so no node is told.
    const leftAt = await (
      way === 'with its frame lost'
        ? act === 'kick'
          ? removeMember(db, await membershipOf(ownerUser.user.id, roomId), {userId})
          : updateMember(db, await membershipOf(ownerUser.user.id, roomId), {userId, banned: true})
        : act === 'kick'
          ? owner.call('member:remove', {roomId, userId})
          : owner.call('member:update', {roomId, userId, banned: true})
    ).then((answer) => answer.leftAt!);
    await sending;
    const last = await send(owner, roomId, 'after');

    const everyone = [...tabs, ...witnesses];
    const heard = (client: RawClient) => client.frames(roomId).at(-1)?.head ?? 0;
    await waitFor(() => witnesses.every((client) => heard(client) >= last.rev), {
      ...soon,
      what: 'the members to hear the last message',
    });
    await waitFor(() => tabs.every((tab) => tab.events('room:left').length > 0), {
      ...soon,
      what: 'every tab to be told',
    });
    for (const tab of tabs) {
      expect(tab.events('room:left')).toEqual([{roomId, leftAt, reason}]);
      const heads = tab.frames(roomId).map(({head}) => head);
      expect(Math.max(...heads, leftAt - 1)).toBe(leftAt - 1);
      expect(tab.received.at(-1)).toMatchObject({event: 'room:left'});
    }
    for (const client of everyone) {
      expect(findGaps(client.frames(roomId))).toEqual([]);
      client.close();
    }
    owner.close();
  });

  test('leaving and joining again, on the same node or another, loses nothing on any tab', async () => {
    const [sender, mover] = [await open(2, await guest()), await guest()];
    const tabs = [await open(0, mover), await open(1, mover)] as const;
    const {room} = await sender.call('room:create', {title: 'Courtyard'});
    const roomId = room.id;
    const logs = tabs.map((tab) => new Log(tab, roomId));
    for (const tab of tabs) await tab.call('session:start', {});
    await logs[0]!.join();

    for (let round = 0; round < 16; round += 1) {
      const [leaves, joins] = [logs[(round >> 1) % 2]!, logs[round % 2]!];
      const sends = Array.from({length: 4}, (_, count) => send(sender, roomId, `${round} ${count}`));
      await leaves.leave();
      await joins.join();
      await Promise.all(sends);
    }
    const last = await send(sender, roomId, 'last');

    await waitFor(() => logs.every(({cursor}) => cursor >= last.rev), {
      ...soon,
      what: 'both tabs to hear the last message',
    });
    for (const log of logs) {
      expect(log.breaches).toEqual([]);
      // A client reads what precedes its RoomState as history, and was shown everything after it.
      const {entries} = await sender.call('room:sync', {roomId, after: log.state!.head, limit: 200});
      expect(log.shown).toEqual(entries.map(({rev}) => rev));
    }
    for (const tab of [...tabs, sender]) tab.close();
  });
});

/** Retries while a busy machine refuses; the clientId makes it one message. */
function send(client: RawClient, roomId: string, text: string): Promise<SendMessageResult> {
  const clientId = randomUUID();
  return decided(() => client.ask('message:send', {roomId, clientId, text}));
}

async function decided<Result>(ask: () => Promise<Acknowledgement<Result>>): Promise<Result> {
  const answer = await waitFor(
    async () => {
      const given = await ask();
      return (given.ok || !given.error.retryable) && given;
    },
    {timeoutMs: 15_000, what: 'a call to be decided', everyMs: 100},
  );
  if (!answer.ok) throw new Refused('call', answer.error);
  return answer.data;
}

/** What one connection is shown of a room since it was last let in. */
class Log {
  readonly breaches: string[] = [];
  state: RoomState | undefined;
  shown: number[] = [];
  cursor = 0;
  readonly #tab: RawClient;
  readonly #roomId: string;

  constructor(tab: RawClient, roomId: string) {
    this.#tab = tab;
    this.#roomId = roomId;
    tab.socket.on('room:log', (frame: Frame) => this.#take(frame));
    tab.socket.on('room:joined', (state: RoomState) => this.#enter(state));
    tab.socket.on('room:left', () => {
      this.state = undefined;
    });
  }

  join(): Promise<RoomState> {
    return decided(() => this.#ask<RoomState>('room:join'));
  }

  async leave(): Promise<void> {
    await decided(() => this.#ask('room:leave'));
  }

  /** The callback runs in order among the events; a promise would not. */
  #ask<Result>(operation: 'room:join' | 'room:leave'): Promise<Acknowledgement<Result>> {
    return new Promise((resolve) => {
      this.#tab.socket.emit(operation, {roomId: this.#roomId}, (answer: Acknowledgement<Result>) => {
        if (answer.ok && operation === 'room:join') this.#enter(answer.data as RoomState);
        resolve(answer);
      });
    });
  }

  #enter(state: RoomState): void {
    this.state = state;
    this.shown = [];
    this.cursor = state.head;
  }

  #take({after, head, entries}: Frame): void {
    if (!this.state) this.breaches.push(`heard (${after}, ${head}] while out of the room`);
    if (after > this.cursor) this.breaches.push(`heard (${after}, ${head}] at ${this.cursor}`);
    this.shown.push(...entries.map(({rev}) => rev).filter((rev) => rev > this.cursor));
    this.cursor = Math.max(this.cursor, head);
  }
}
