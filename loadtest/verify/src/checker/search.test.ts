import {expect, test} from 'vitest';
import {checkSearches} from './search.ts';
import {roomId, Story} from './story.ts';

/** Returns what is reported when ben's search for `t2`, in a room with t1 to t3, finds these seqs. */
function find(seqs: number[], change: (story: Story) => void = () => undefined): string[] {
  const story = new Story([1, 2, 3]);
  change(story);
  const hits = seqs.map((seq) => ({roomId, seq}));
  return checkSearches([{userId: 'ben', words: 't2', hits}], story.stored).map(({what}) => what);
}

test('finds nothing where a search gives what is stored', () => {
  expect(find([2])).toEqual([]);
  expect(find([], ({stored}) => void (stored.messages[1]!.isDeleted = true))).toEqual([]);
  expect(find([2], ({stored}) => void (stored.memberships[1]!.joinedAt = 3))).toEqual([]);
});

test('finds a message that a search leaves out, one that it must not give, and one that it gives twice', () => {
  expect(find([])).toEqual(['a search of user ben for "t2" does not find message 2 of room e room']);
  expect(find([2, 3])).toEqual([
    'a search of user ben for "t2" finds message 3 of room e room, which is not to be found',
  ]);
  expect(find([2, 2])).toEqual(['a search of user ben for "t2" finds a message twice']);
});

test('finds a deleted message, and one of a room that the user has left', () => {
  expect(find([2], ({stored}) => void (stored.messages[1]!.isDeleted = true))).toHaveLength(1);
  expect(find([2], ({stored}) => void stored.memberships.pop())).toHaveLength(1);
});
