// Each promise has a history that breaks it, which the checker must report, and a similar one that does not.
import type {Frame} from '@madang/protocol/log';
import {expect, test} from 'vitest';
import {epoch, roomId, Story} from './story.ts';

test('finds nothing in a history in which all went well', () => {
  const story = new Story([1, 2, 3]).hears([0, 1], [1, 3]);

  expect(story.check()).toEqual([]);
});

test('finds an acknowledged message that is not stored, or that another one took the place of', () => {
  expect(new Story([1]).does({seq: 2}).check()).toEqual(['durable']);

  const replaced = new Story([1, 2]);
  replaced.stored.messages[1]!.clientId = 'another';
  expect(replaced.check()).toContain('durable');
});

test('a message whose send had no answer may be stored or not', () => {
  const story = new Story([1]).does({seq: 2, outcome: 'info'});
  expect(story.check()).toEqual([]);

  story.stored.messages.push({...story.stored.messages[0]!, seq: 2, rev: 2, clientId: 'c2', text: 't2'});
  story.stored.rooms[0]!.head = 2;
  expect(story.check()).toEqual([]);
});

test('finds a message that was refused and is stored all the same, and one that nobody sent', () => {
  const refused = new Story([1]);
  refused.history.operations[0]!.outcome = 'fail';
  expect(refused.check()).toContain('invented');

  const unsent = new Story([1]);
  unsent.history.operations.length = 0;
  expect(unsent.check()).toContain('invented');
});

test('finds a message that is stored twice: under one client id, or one text under two', () => {
  const sameId = new Story([1, 2]);
  Object.assign(sameId.stored.messages[1]!, {clientId: 'c1'});
  expect(sameId.check()).toContain('duplicate');

  const sameText = new Story([1, 2]);
  Object.assign(sameText.stored.messages[1]!, {text: 't1'});
  expect(sameText.check()).toContain('duplicate');
});

test('finds a retry that was told another result, and accepts one that was told the same', () => {
  const again = new Story([1, 2]).does({seq: 1, duplicate: true, from: 50});
  expect(again.check()).toEqual([]);

  again.does({seq: 2, clientId: 'c1', text: 't1', duplicate: true, from: 60});
  expect(again.check()).toContain('duplicate');
});

test('finds an acknowledged edit that is lost', () => {
  const edited = new Story([1], {head: 2}).does({kind: 'edit', seq: 1, rev: 2, from: 100});
  expect(edited.check()).toContain('durable');

  Object.assign(edited.stored.messages[0]!, {rev: 2, text: 'edited'});
  expect(edited.check()).toEqual([]);
});

test('finds a message that was shown and is not stored', () => {
  expect(new Story([1]).hears([0, 1], [1, 2]).check({})).toContain('durable');
});

test('finds two contents of one rev', () => {
  const story = new Story([1]).hears([0, 1]);
  const other = story.frame(0, 1);
  other.entries[0]!.message!.text = 'something else';
  story.track({device: 'another', isRaw: false}).position({epoch, head: 0, joinedAt: 1}, 'joined', 1);
  story.track({device: 'another'}).frame(other, 'live', 1);

  expect(story.check()).toContain('agreement');
});

test('finds an epoch that changed without reason', () => {
  const story = new Story([1]);
  story.track().position({epoch, head: 0, joinedAt: 1}, 'joined', 1);
  story.track().frame({...story.frame(0, 1), epoch: '1.2'}, 'live', 1);

  expect(story.check({})).toContain('agreement');
});

test('finds a gap, a repetition and a wrong order in what a connection hears', () => {
  expect(new Story([1, 2, 3]).hears([0, 1], [2, 3]).check()).toContain('gap');
  expect(new Story([1, 2, 3]).hears([0, 2], [1, 3]).check()).toContain('gap');
  expect(new Story([1, 2, 3]).hears([0, 2], [0, 2], [2, 3]).check()).toContain('gap');
  expect(new Story([1, 2]).hears([0, 2, [2, 1]]).check()).toContain('order');
});

test('finds a frame that comes before its RoomState', () => {
  const story = new Story([1]);
  story.track().frame(story.frame(0, 1), 'live', 1);

  expect(story.check()).toContain('gap');
});

test('after a reconnect the log may go on at a later rev, if what lies between was fetched', () => {
  const story = new Story([1, 2, 3]).hears([0, 1]);
  const track = story.track();
  track.position({epoch, head: 2, joinedAt: 1}, 'session', 2);
  track.frame(story.frame(2, 3), 'live', 2);
  expect(story.check()).toEqual(['lost']);

  track.frame(story.frame(1, 3), 'answer', 2);
  expect(story.check()).toEqual([]);
});

test('finds what a joined state skips, unless an answer on the same connection brings it', () => {
  const tell = () => {
    const story = new Story([1, 2, 3]).hears([0, 1]);
    story.track().position({epoch, head: 3, joinedAt: 1}, 'joined', 2);
    return story;
  };
  expect(tell().check()).toEqual(['gap']);

  const inTime = tell();
  inTime.track().frame(inTime.frame(1, 3), 'answer', 2);
  expect(inTime.check()).toEqual([]);

  const halfOf = tell();
  halfOf.track().frame(halfOf.frame(1, 2), 'answer', 2);
  expect(halfOf.check()).toEqual(['gap']);

  const afterAnother = tell();
  afterAnother.track().position({epoch, head: 3, joinedAt: 1}, 'session', 3);
  afterAnother.track().frame(afterAnother.frame(1, 3), 'answer', 3);
  expect(afterAnother.check()).toEqual(['gap']);
});

test('what a joined state skips may come behind what is heard meanwhile', () => {
  const story = new Story([1, 2, 3, 4]).hears([0, 1]);
  const track = story.track();
  track.position({epoch, head: 3, joinedAt: 1}, 'joined', 2);
  track.frame(story.frame(3, 4), 'live', 2);
  track.frame(story.frame(1, 3), 'answer', 2);
  expect(story.check()).toEqual([]);
});

test('finds a rev that was covered without the message that is there', () => {
  expect(new Story([1, 2]).hears([0, 2, [2]]).check()).toEqual(['lost']);
});

test('a rev without a message is no hole where the message was edited since', () => {
  const story = new Story([1, 2], {head: 3}).hears([0, 2, [2]]);
  story.does({kind: 'edit', seq: 1, rev: 3, from: 100, text: 'edited'});
  Object.assign(story.stored.messages[0]!, {rev: 3, text: 'edited'});
  const frame = story.frame(2, 3, [3]);
  Object.assign(frame.entries[0]!, {type: 'edit'});
  Object.assign(frame.entries[0]!.message!, {seq: 1, rev: 3, clientId: 'c1', text: 'edited'});
  story.track().frame(frame, 'live', 1);

  expect(story.check()).toEqual([]);
});

test('finds a message of which a reader was shown only what was put on it', () => {
  const heard = (frames: Frame[]) => {
    const story = new Story([1], {head: 2});
    story.stored.messages[0]!.rev = 2;
    const track = story.does({kind: 'react', rev: 2, from: 20}).track();
    track.position({epoch, head: 0, joinedAt: 1}, 'joined', 1);
    for (const frame of frames) track.frame(frame, 'live', 1);
    return story.check();
  };
  const story = new Story();
  const annotation: Frame = {
    ...story.frame(1, 2, []),
    entries: [{rev: 2, type: 'annotation', seq: 1, annotations: {}}],
  };

  expect(heard([story.frame(0, 1), annotation])).toEqual([]);
  expect(heard([story.frame(0, 1, []), annotation])).toEqual(['lost']);
});

test('finds a reader who was there to the end and does not have the end', () => {
  const story = new Story([1, 2]).hears([0, 1]);

  expect(story.check()).toEqual(['lost']);
  expect(story.check({present: new Set()})).toEqual([]);
});

test('finds a reader who was there to the end and holds a log that was replaced', () => {
  const story = new Story([1]).hears([0, 1]);
  story.stored.rooms[0]!.epoch = '2.1';
  story.history.beginAgain((of) => of === epoch);

  expect(story.check()).toEqual(['lost']);
});

test('finds an SDK that left something out between two frames, or moved its cursor without one', () => {
  const story = new Story([1, 2, 3]);
  const track = story.track({isRaw: false});
  track.position({epoch, head: 0, joinedAt: 1}, 'joined', 1);
  track.frame(story.frame(0, 1), 'applied', 1);
  track.frame(story.frame(2, 3), 'applied', 2);
  expect(story.check()).toEqual(['gap']);

  const jumping = new Story([1, 2]);
  jumping.track().position({epoch, head: 0, joinedAt: 1}, 'joined', 1);
  jumping.track().position({epoch, head: 2, joinedAt: 1}, 'joined', 1);
  expect(jumping.check()).toEqual(['gap']);
});

test('a reset starts the timeline over', () => {
  const story = new Story([1, 2, 3]).hears([0, 1]);
  story.track().frame({...story.frame(3, 3), reset: true}, 'answer', 2);

  expect(story.check()).toEqual([]);
});

test('finds a rev that was acknowledged before a lower one began', () => {
  const story = new Story();
  story.stored.messages = new Story([1, 2]).stored.messages;
  story.does({seq: 2, from: 0, to: 10}).does({seq: 1, from: 11, to: 20});
  expect(story.check({})).toEqual(['order']);

  story.history.operations[1]!.invokedAt = 9;
  expect(story.check({})).toEqual([]);
});

test('the order of a second deletion is judged by the first one', () => {
  const story = new Story([1]);
  story.stored.messages[0] = {...story.stored.messages[0]!, rev: 2, isDeleted: true, text: ''};
  story.stored.messages.push({...new Story([3]).stored.messages[0]!, seq: 2});
  story.stored.rooms[0]!.head = 3;
  const deletion = {kind: 'delete', seq: 1, rev: 2} as const;
  story.does({...deletion, outcome: 'info', from: 20});
  story.does({seq: 2, rev: 3, clientId: 'c3', text: 't3', from: 30});
  story.does({...deletion, from: 50});

  expect(story.check({})).toEqual([]);
});

test('the order of a retry is judged by its first try', () => {
  const story = new Story();
  story.stored.messages = new Story([1, 2]).stored.messages;
  story.does({seq: 1, from: 0, outcome: 'info'}).does({seq: 2, from: 1, to: 10});
  story.does({seq: 1, from: 20, duplicate: true});

  expect(story.check({})).toEqual([]);
});

test('finds that what somebody said first through the outbox comes after what they said next', () => {
  const story = new Story();
  story.stored.messages = new Story([1, 2]).stored.messages;
  story.does({seq: 2, from: 0, to: 10, isQueued: true}).does({seq: 1, from: 1, to: 9, isQueued: true});
  expect(story.check({})).toEqual(['order']);

  // A client without an outbox may overtake itself.
  for (const operation of story.history.operations) operation.isQueued = false;
  expect(story.check({})).toEqual([]);
});

test('finds a rev that was shown outside the membership, exact to the rev', () => {
  const kicked = () => {
    const story = new Story([1, 2], {head: 3}).hears([0, 1], [1, 2]);
    story.stored.memberships.pop();
    story.stored.rooms[0]!.memberCount = 1;
    return story;
  };
  const inTime = kicked();
  inTime.stored.spans[1]!.leftAt = 3;
  expect(inTime.check()).toEqual([]);

  const late = kicked();
  late.stored.spans[1]!.leftAt = 2;
  expect(late.check()).toContain('membership');
});

test('finds a message of someone who was not in the room', () => {
  const story = new Story([1, 2]);
  story.stored.spans[0]!.leftAt = 2;
  story.stored.rooms[0]!.memberCount = 1;

  expect(story.check({})).toEqual(['membership']);
});

test('finds a rev that is no change of anything, unless an unanswered edit may have taken it', () => {
  const story = new Story([1, 3], {head: 3});
  expect(story.check({})).toEqual(['gap']);

  story.does({kind: 'edit', seq: 1, outcome: 'info', from: 100});
  expect(story.check({})).toEqual([]);
});

test('finds one member too many at any rev, and accepts that a place is taken again', () => {
  const full = new Story([1], {head: 2});
  full.stored.rooms[0]!.capacity = 2;
  full.stored.spans[1]!.leftAt = 2;
  full.stored.spans.push({roomId, userId: 'cy', joinedAt: 3, leftAt: null});
  expect(full.check({})).toEqual([]);

  // A join that found head 1 came before the end that took rev 2.
  full.stored.spans[2]!.joinedAt = 2;
  expect(full.check({})).toEqual(['capacity']);
});

test('finds a room that miscounts its members', () => {
  const story = new Story();
  story.stored.rooms[0]!.memberCount = 3;

  expect(story.check()).toEqual(['capacity']);
});

test('finds an operation that a session was granted long after its end', () => {
  const signedOut = () => new Story([1]).does({kind: 'sign-out', from: 100, to: 200});
  const late = signedOut().does({kind: 'history', pages: [[1]], isWhole: true, from: 2_300});
  expect(late.check({})).toEqual(['revocation']);

  const inTime = signedOut().does({kind: 'history', pages: [[1]], isWhole: true, from: 2_100});
  expect(inTime.check({})).toEqual([]);
});

test('finds a connection that outlives its session, unless something was done to the cluster', () => {
  const story = new Story();
  const closed = story.history.connected("ann's device", "ann's session");
  story.does({kind: 'sign-out', from: 100, to: 200});
  story.now = 2_300;
  closed();

  expect(story.check()).toEqual(['revocation']);
  expect(story.check({wasCalm: () => false})).toEqual([]);
});

test('finds a message shown to a session that had ended before it was written', () => {
  const story = new Story();
  story.does({kind: 'sign-out', userId: 'ben', from: 100, to: 200});
  const later = new Story([1]).stored.messages;
  story.stored.messages = later;
  story.does({seq: 1, from: 2_300}).hears([0, 1]);

  expect(story.check({})).toEqual(['revocation']);
});

test.each(['expire', 'revoke-key'] as const)('a session ends as well by %s', (kind) => {
  const ended = () => new Story([1]).does({kind, userId: 'ben', from: 100, to: 200});
  const late = ended().does({userId: 'ben', seq: 1, duplicate: true, from: 2_300, outcome: 'ok'});
  expect(late.check({})).toContain('revocation');
  expect(ended().check({})).toEqual([]);
});

/** Ben may no longer send, nor read message 1, which was there before he joined. */
const forbidden = (seqs = [1]) =>
  new Story(seqs).does({kind: 'rule', userId: 'ben', seq: 1, from: 100, to: 200});

test('finds a message of someone who began to send it when it had been forbidden', () => {
  const sends = (from: number) => {
    const story = forbidden().does({userId: 'ben', seq: 2, from, outcome: 'info'});
    story.stored.messages.push({
      ...story.stored.messages[0]!,
      seq: 2,
      rev: 2,
      clientId: 'c2',
      text: 't2',
      senderId: 'ben',
    });
    story.stored.rooms[0]!.head = 2;
    return story.check({});
  };

  expect(sends(201)).toEqual(['rights']);
  expect(sends(199)).toEqual([]);
});

test('finds what was written of an earlier message, and shown to someone who had long been forbidden to read it', () => {
  const edited = (from: number) => {
    const story = forbidden().does({kind: 'edit', seq: 1, rev: 2, text: 'edited', from});
    Object.assign(story.stored.messages[0]!, {rev: 2, text: 'edited'});
    story.stored.rooms[0]!.head = 2;
    const frame = story.frame(1, 2, [2]);
    Object.assign(frame.entries[0]!.message!, {seq: 1, clientId: 'c1', text: 'edited'});
    story.hears([0, 1]).track().frame(frame, 'live', 1);
    return story.check({});
  };

  expect(edited(2_300)).toEqual(['rights']);
  expect(edited(2_100)).toEqual([]);
});

test('finds a page that has what its reader had long been forbidden to read', () => {
  const looks = (page: number[], from: number) =>
    forbidden([1, 2])
      .does({kind: 'look', userId: 'ben', pages: [page], from})
      .check({});

  expect(looks([2, 1], 2_300)).toEqual(['rights']);
  expect(looks([2], 2_300)).toEqual([]);
  expect(looks([2, 1], 2_100)).toEqual([]);
});

test('finds a hole, a repetition and a missing newest message in pages of history', () => {
  const read = (pages: number[][], isWhole = true) =>
    new Story([1, 2, 3]).does({kind: 'history', pages, isWhole, from: 100}).check({});

  expect(read([[3, 2], [1]])).toEqual([]);
  expect(read([[3], [1]])).toEqual(['history']);
  expect(
    read([
      [3, 2],
      [2, 1],
    ]),
  ).toEqual(['history']);
  expect(read([[2], [1]])).toEqual(['history']);
  expect(read([[3, 2]])).toEqual(['history']);
  expect(read([[3, 2]], false)).toEqual([]);
});

test('finds an answer that no client can act upon', () => {
  expect(new Story().does({outcome: 'fail', code: 'internal'}).check()).toEqual(['answers']);
  expect(new Story().does({outcome: 'fail', code: 'overloaded'}).check()).toEqual([]);
});
