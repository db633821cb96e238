import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {createAppender} from '../messages/append.ts';
import {createPulse} from './pulse.ts';
import {createWorld, silent} from '../../test/fixtures.ts';

const world = await createWorld();
const {db, account, guest, room, item, query} = world;
const {append} = world.closing(createAppender(db, {log: silent, onCommitted: () => {}, deadlineMs: 20_000}));
const {ask} = world.closing(createPulse(db, {nodeId: randomUUID(), leaseMs: 8_000}));

type Scene = {id: string; owner: string; other: string; stranger: string};
type Way = (scene: Scene) => Promise<unknown>;

/** A room of two users, in which the other one has sent a message. */
async function scene(): Promise<Scene> {
  const [owner, other, stranger] = [await account(), await guest(), await account()];
  const {id} = await room(owner.id, {ephemeral: true});
  await world.join(id, other.id);
  await append(item(id, other.id));
  await append(item(id, other.id));
  return {id, owner: owner.id, other: other.id, stranger: stranger.id};
}

const ways: Record<string, Way> = {
  'a message': ({id, owner}) => append(item(id, owner)),
  'an edit': ({id, other}) => query(`select edit_message($1, $2, 1, 'b')`, [id, other]),
  'a deletion': ({id, other}) => query('select delete_message($1, $2, 2)', [id, other]),
  'a join': ({id, stranger}) => world.join(id, stranger),
  'a join of an empty room': async ({id, owner, other, stranger}) => {
    for (const user of [owner, other]) await query('select leave_room($1, $2)', [id, user]);
    await ask([]);
    await world.join(id, stranger);
  },
  'a member who leaves': ({id, other}) => query('select leave_room($1, $2)', [id, other]),
  'an owner who leaves': ({id, owner}) => query('select leave_room($1, $2)', [id, owner]),
  'a member who is added': ({id, owner, stranger}) =>
    query(`select put_member($1, $2, $3, 'moderator')`, [id, owner, stranger]),
  'a member who is added by v0.1.0': ({id, owner, stranger}) =>
    query(`select add_member($1, $2, $3, 'moderator')`, [id, owner, stranger]),
  'a role by member:add': ({id, owner, other}) =>
    query(`select put_member($1, $2, $3, 'moderator')`, [id, owner, other]),
  'a member who is removed': ({id, owner, other}) =>
    query('select remove_member($1, $2, $3)', [id, owner, other]),
  'a ban': ({id, owner, other}) =>
    query(`select update_member($1, $2, $3, '{"banned": true}')`, [id, owner, other]),
  'a ban of a stranger': ({id, owner, stranger}) =>
    query(`select update_member($1, $2, $3, '{"banned": true}')`, [id, owner, stranger]),
  'a mute': ({id, owner, other}) =>
    query(`select update_member($1, $2, $3, '{"mutedUntil": "2100-01-01T00:00:00Z"}')`, [id, owner, other]),
  'a new owner': ({id, owner, other}) =>
    query(`select update_member($1, $2, $3, '{"role": "owner"}')`, [id, owner, other]),
  'a new title': ({id, owner}) => query(`select update_room($1, $2, '{"title": "Attic"}')`, [id, owner]),
  'a close': ({id, owner}) => query('select close_room($1, $2)', [id, owner]),
  "an operator's close": ({id}) => query('select close_any_room($1)', [id]),
  'a deleted user, who is taken out': async ({id, other}) => {
    await query('select delete_user($1)', [other]);
    await query('select end_gone_membership($1, $2)', [id, other]);
  },
  'a deleted user, whose messages go': async ({id, other}) => {
    await query('select delete_user($1)', [other]);
    await query('select delete_gone_messages($1, $2, 10)', [id, other]);
  },
  'a member whose last connection ended': ({id, other}) =>
    query(`select end_departed($1, $2, now() + interval '1 minute')`, [id, other]),
  'an empty room that is closed': async ({id, owner, other}) => {
    for (const user of [owner, other]) await query('select leave_room($1, $2)', [id, user]);
    await ask([]);
    await query(`select close_empty_room($1, now() + interval '1 minute')`, [id]);
  },
};

test.each(Object.entries(ways))('%s leaves a move, which says where the log is by then', async (_, act) => {
  const people = await scene();
  await ask([]);

  await act(people);

  const [stored] = await query<{head: number}>('select head from rooms where id = $1', [people.id]);
  expect((await ask([])).moves.get(people.id)).toBe(stored!.head);
});

test('a log that is replaced leaves a move that says so, whatever else moves it', async () => {
  const {id, owner} = await scene();
  const [{epoch}] = (await query<{epoch: string}>(
    'select wire_epoch(epoch) as epoch from rooms where id = $1',
    [id],
  )) as [{epoch: string}];
  await ask([]);

  await query('select raise_epoch($1, $2, 100)', [id, epoch]);
  await append(item(id, owner));

  expect((await ask([])).moves).toEqual(new Map([[id, -1]]));
});
