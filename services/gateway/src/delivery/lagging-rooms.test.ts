import {createLogger} from '@madang/runtime/log';
import {expect, test, vi} from 'vitest';
import type {Feed} from './feed.ts';
import {LaggingRooms} from './lagging-rooms.ts';

/** Rooms of a node whose feeds are at 5, and a Postgres that returns their positions when asked. */
function setUp(...roomIds: string[]) {
  const read: string[] = [];
  const state = {head: 5, isAway: false};
  const feeds = new Map(
    roomIds.map((roomId) => {
      const repair = async () => {
        if (state.isAway) throw new Error('Postgres is away');
        read.push(roomId);
        feed.position = state.head;
      };
      const reach = async (rev: number) => {
        if (feed.position < rev) await repair();
        if (feed.position < rev) throw new Error('Postgres does not have it');
      };
      const dissolve = vi.fn<() => void>();
      const feed = {roomId, epoch: '1.1', position: 5, isOpen: true, repair, reach, dissolve};
      return [roomId, feed];
    }),
  );
  const lostEnds: string[] = [];
  const rooms = new LaggingRooms({
    feeds: {all: () => feeds.values() as never, get: (roomId) => feeds.get(roomId) as unknown as Feed},
    onLostEnd: async ({roomId}) => void lostEnds.push(roomId),
    log: createLogger({name: 'test', level: 'silent'}),
  });
  const learn = (news: {moves?: [string, number][]; moved?: [string, string, number][]; fresh?: boolean}) => {
    const asked = rooms.take();
    const moved = (news.moved ?? []).map(([roomId, epoch, head]) => ({roomId, epoch, head}));
    rooms.learn({fresh: news.fresh ?? false, moves: new Map(news.moves), moved}, asked);
    return rooms.catchUp();
  };
  const asked = () => {
    const positions = rooms.take();
    for (const {roomId} of positions) rooms.doubt(roomId);
    return positions.map(({roomId, epoch, head}) => `${roomId} ${epoch} ${head}`);
  };
  return {rooms, feeds, state, read, lostEnds, learn, asked};
}

test('reads a room that has moved on, and none that is where it was or is hosted elsewhere', async () => {
  const {state, read, learn, asked} = setUp('a', 'b');
  state.head = 7;

  await learn({
    moves: [
      ['a', 7],
      ['b', 5],
      ['elsewhere', 9],
    ],
  });

  expect(read).toEqual(['a']);
  expect(asked()).toEqual([]);
});

test('asks about a room that moved while its feed was opened, once that is open', async () => {
  const {feeds, read, learn, asked} = setUp('a');
  const feed = feeds.get('a')!;
  feed.isOpen = false;

  await learn({moves: [['a', 7]]});
  expect(asked()).toEqual([]);
  feed.isOpen = true;

  expect(asked()).toEqual(['a 1.1 5']);
  expect(read).toEqual([]);
});

test('asks about a room that moved to where the feed has been, since its log may have lost its end', async () => {
  const {lostEnds, learn, asked} = setUp('a');

  await learn({moves: [['a', 4]]});
  expect(asked()).toEqual(['a 1.1 5']);
  await learn({moved: [['a', '1.1', 4]]});

  expect(lostEnds).toEqual(['a']);
  expect(asked()).toEqual([]);
});

test('reads a room whose log was replaced, even where both are at the same rev', async () => {
  const {read, learn} = setUp('a', 'b');

  await learn({moves: [['a', -1]]});
  await learn({fresh: true});
  await learn({moved: [['b', '2.1', 5]]});

  expect(read).toEqual(['a', 'b']);
});

test('asks again about a room whose reading failed, or brought less than was told', async () => {
  const {state, read, learn, asked} = setUp('a', 'b');
  state.isAway = true;
  await learn({
    moves: [
      ['a', 7],
      ['b', 7],
    ],
  });
  expect(asked()).toEqual(['a 1.1 5', 'b 1.1 5']);

  state.isAway = false;
  state.head = 6;
  await learn({moved: [['a', '1.1', 7]]});

  expect(read).toEqual(['a']);
  expect(asked()).toEqual(['a 1.1 6']);
});

test('keeps a doubt that came up while the question was on its way', async () => {
  const {rooms, asked} = setUp('a');
  rooms.doubt('a');
  const question = rooms.take();

  rooms.doubt('a');
  rooms.learn({fresh: false, moves: new Map(), moved: []}, question);

  expect(asked()).toEqual(['a 1.1 5']);
});

test('asks about all rooms, open or not, once nothing connects two answers', async () => {
  const {feeds, learn, asked} = setUp('a', 'b');
  feeds.get('b')!.isOpen = false;

  await learn({fresh: true});
  expect(asked()).toEqual(['a 1.1 5']);
  feeds.get('b')!.isOpen = true;

  expect(asked()).toEqual(['b 1.1 5', 'a 1.1 5']);
});

test('dissolves a room that is no more', async () => {
  const {rooms, feeds, learn} = setUp('a');
  rooms.doubt('a');

  await learn({moved: [['a', '', 0]]});

  expect(feeds.get('a')!.dissolve).toHaveBeenCalledOnce();
});

test('waits for the readings under way as well', async () => {
  const {rooms, feeds, learn} = setUp('a');
  const reading = Promise.withResolvers<void>();
  feeds.get('a')!.reach = () => reading.promise;
  void learn({moves: [['a', 7]]});
  let isDone = false;

  const caughtUp = rooms.catchUp().then(() => (isDone = true));
  await Promise.resolve();
  expect(isDone).toBe(false);
  reading.resolve();
  await caughtUp;
});

test('says that it has caught up once a room whose reading failed was read, or has proved to be where it was', async () => {
  const {state, feeds, learn} = setUp('a', 'b');
  state.isAway = true;
  const moves: [string, number][] = [
    ['a', 7],
    ['b', 7],
  ];
  expect(await learn({moves})).toBe(false);
  // Nothing is known about `b`, since this question is not about it.
  state.isAway = false;
  state.head = 7;
  feeds.get('b')!.isOpen = false;
  expect(await learn({moved: [['a', '1.1', 7]]})).toBe(false);
  feeds.get('b')!.isOpen = true;

  expect(await learn({})).toBe(true);
});

test('waits for no room that is hosted no more', async () => {
  const {state, feeds, learn} = setUp('a');
  state.isAway = true;
  expect(await learn({moves: [['a', 7]]})).toBe(false);

  feeds.delete('a');

  expect(await learn({})).toBe(true);
});
