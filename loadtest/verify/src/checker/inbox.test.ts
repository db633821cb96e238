import {expect, test} from 'vitest';
import {checkInboxes, type Item} from './inbox.ts';
import {roomId, Story} from './story.ts';

const item = (seq: number): Item => ({id: `item-${seq}`, type: 'madang.mention', roomId, seq});

/** Message 2 of three mentions ben, and 3 answers nothing. Returns what is found when ben has these items. */
function find(items: Item[], change: (story: Story) => void = () => undefined): string[] {
  const story = new Story([1, 2, 3]);
  story.stored.messages[1]!.mentions = ['ben'];
  change(story);
  return checkInboxes(new Map([['ben', items]]), story.stored).map(({what}) => what);
}

test('finds nothing where each mention has one item', () => {
  expect(find([item(2)])).toEqual([]);
});

test('finds a mention without an item, and one that has two', () => {
  expect(find([])).toEqual(['user ben has no item of message 2 of room e room']);
  expect(find([item(2), {...item(2), id: 'another'}])).toEqual([
    'user ben has two items of message 2 of room e room',
  ]);
});

test('finds an answer to a message of the user without an item, unless that message was deleted', () => {
  const answer = ({stored}: Story) => {
    stored.messages[0]!.senderId = 'ben';
    stored.messages[2]!.replyTo = 1;
  };
  expect(find([item(2)], answer)).toEqual(['user ben has no item of message 3 of room e room']);
  expect(find([item(2), item(3)], answer)).toEqual([]);

  const withdrawn = (story: Story) => {
    answer(story);
    story.stored.messages[0]!.isDeleted = true;
  };
  expect(find([item(2)], withdrawn)).toEqual([]);
});

test('finds an item of a deleted message, and of a room that the user left', () => {
  const gone = ({stored}: Story) => void (stored.messages[1]!.isDeleted = true);
  expect(find([item(2)], gone)).toEqual(['user ben has an item of message 2 of room e room, which is gone']);

  const left = ({stored}: Story) => void stored.memberships.pop();
  expect(find([item(2)], left)).toEqual([
    'user ben has an item of message 2 of room e room, and is not in the room',
  ]);
  expect(find([], left)).toEqual([]);
});

test('expects no item of what the user has read, or of what was said before they joined', () => {
  expect(find([], ({stored}) => void (stored.memberships[1]!.readSeq = 2))).toEqual([]);
  expect(find([], ({stored}) => void (stored.memberships[1]!.joinedAt = 3))).toEqual([]);
});
