import type {Message, User} from '@madang/client/client';
import {expect, test} from 'vitest';
import {buildRows, type Conversation, type Row} from './rows.ts';

const start = Date.parse('2026-11-20T12:00:00.000Z');
const minute = 60_000;

const message = (seq: number, sender: string, afterMs: number) =>
  ({
    seq,
    clientId: `c${seq}`,
    kind: 'text',
    sender: {id: sender, name: sender, color: '#000000'},
    text: `m${seq}`,
    createdAt: new Date(start + afterMs).toISOString(),
  }) as Message;
const notice = (id: number, kind: 'joined' | 'left', name: string, afterSeq: number) => ({
  id,
  kind,
  users: [{id: name, name} as User],
  afterSeq,
  at: '',
});

function told(conversation: Partial<Conversation>): string[] {
  const rows = buildRows({
    messages: [],
    pending: [],
    refused: [],
    uploads: [],
    notices: [],
    hasEarlier: false,
    me: 'me',
    ...conversation,
  });
  return rows.map(tell);
}

function tell(row: Row): string {
  if (row.kind === 'notice') return `${row.event} ${row.users.map(({id}) => id).join(' ')}`;
  if (row.kind !== 'message') return row.kind;
  return [row.message.text, row.isFirst && 'first', row.isLast && 'last', row.isMine && 'mine']
    .filter(Boolean)
    .join(' ');
}

test('groups what one person says within five minutes', () => {
  const messages = [
    message(1, 'ann', 0),
    message(2, 'ann', minute),
    message(3, 'me', 2 * minute),
    message(4, 'ann', 3 * minute),
    message(5, 'ann', 9 * minute),
  ];

  expect(told({messages})).toEqual([
    'day',
    'm1 first',
    'm2 last',
    'm3 first last mine',
    'm4 first last',
    'm5 first last',
  ]);
});

test('begins a new group where a person has changed their name, since the name stands above', () => {
  const renamed = message(2, 'ann', minute);
  const messages = [message(1, 'ann', 0), {...renamed, sender: {...renamed.sender, name: 'Anna'}}];

  expect(told({messages})).toEqual(['day', 'm1 first last', 'm2 first last']);
});

test('draws a line between days, where a group ends too', () => {
  const messages = [message(1, 'ann', 0), message(2, 'ann', 26 * 60 * minute)];

  expect(told({messages})).toEqual(['day', 'm1 first last', 'day', 'm2 first last']);
});

test('puts the line of the unread before the first message of others after what was read', () => {
  const messages = [message(1, 'ann', 0), message(2, 'me', 1), message(3, 'ann', 2)];

  expect(told({messages, readUpTo: 1})).toEqual([
    'day',
    'm1 first last',
    'm2 first last mine',
    'unread',
    'm3 first last',
  ]);
});

test('puts no line of the unread where the first unread message is not loaded yet', () => {
  const messages = [message(7, 'ann', 0), message(8, 'ann', 1)];

  expect(told({messages, readUpTo: 3, hasEarlier: true})).not.toContain('unread');
  expect(told({messages, readUpTo: 7, hasEarlier: true})).toContain('unread');
});

test('tells who came and went where it happened, many at once in one line', () => {
  const messages = [message(1, 'ann', 0), message(3, 'ann', 1)];
  const notices = [
    notice(1, 'joined', 'bob', 1),
    notice(2, 'joined', 'cleo', 1),
    notice(3, 'left', 'bob', 1),
    notice(4, 'joined', 'dan', 3),
  ];

  expect(told({messages, notices})).toEqual([
    'day',
    'm1 first last',
    'joined bob cleo',
    'left bob',
    'm3 first last',
    'joined dan',
  ]);
});

test('does not change the notices it was given', () => {
  const notices = [notice(1, 'joined', 'bob', 1), notice(2, 'joined', 'cleo', 1)];

  told({notices});

  expect(notices.map(({users}) => users.length)).toEqual([1, 1]);
});

test('shows no row that the page before it would change', () => {
  const all = Array.from({length: 110}, (_, index) =>
    message(index + 1, index % 7 < 4 ? 'ann' : 'me', index * 40 * minute),
  );
  const notices = [
    notice(1, 'joined', 'bob', 20),
    notice(2, 'joined', 'cleo', 61),
    notice(3, 'left', 'bob', 110),
  ];
  const shown = (from: number) =>
    buildRows({
      messages: all.slice(from),
      pending: [],
      refused: [],
      uploads: [],
      notices,
      hasEarlier: from > 0,
      me: 'me',
    });

  for (const [loaded, before] of [
    [60, 10],
    [10, 0],
    [1, 0],
  ] as const) {
    const rows = shown(loaded);
    expect(rows.length).toBeGreaterThan(0);
    expect(shown(before).slice(-rows.length)).toEqual(rows);
  }
});
