import {createClient, type Client} from '@madang/client/client';
import {createElement, type ReactNode} from 'react';
import {renderToString} from 'react-dom/server';
import {afterEach, expect, test, vi} from 'vitest';
import {
  useMembers,
  useMessages,
  useNotifications,
  useRoom,
  useRooms,
  useStatus,
  useThread,
  useTyping,
} from './hooks.ts';
import {MadangChat} from './madang-chat.tsx';
import {MadangProvider} from './provider.tsx';

const roomId = '0190a000-0000-7000-8000-000000000001';
const errors = vi.spyOn(console, 'error');
afterEach(() => {
  expect(errors).not.toHaveBeenCalled();
  errors.mockClear();
});

const render = (client: Client, child: ReactNode) =>
  renderToString(createElement(MadangProvider, {client}, child));

const hooks = {
  useStatus,
  useRooms,
  useRoom: () => useRoom(roomId),
  useMessages: () => useMessages(roomId),
  useMembers: () => useMembers(roomId),
  useThread: () => useThread(roomId, 1),
  useTyping: () => useTyping(roomId),
  useNotifications,
};

test.for(Object.entries(hooks))(
  '%s shows the same on a server each time, and asks a cluster for nothing',
  ([, use]) => {
    const client = createClient({url: 'http://127.0.0.1:1'});
    const call = vi.spyOn(client, 'call');
    const seen: unknown[] = [];
    const Shown = () => {
      seen.push(use());
      return null;
    };

    render(client, createElement(Shown));
    render(client, createElement(Shown));

    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe(seen[1]);
    expect(call).not.toHaveBeenCalled();
    client.close();
  },
);

test('the conversation is drawn on a server without a warning, in the language asked for', () => {
  const client = createClient({url: 'http://127.0.0.1:1'});

  const english = render(client, createElement(MadangChat, {roomId, title: 'Case 7'}));
  const korean = render(client, createElement(MadangChat, {roomId, language: 'ko'}));

  expect(english).toContain('Case 7');
  expect(english).toContain('Connecting…');
  expect(korean).toContain('lang="ko"');
  expect(korean).toContain('연결하는 중…');
  client.close();
});

test('a hook outside a provider says what is missing', () => {
  const Alone = () => createElement('p', null, useStatus().status);

  expect(() => renderToString(createElement(Alone))).toThrow('<MadangProvider client={…}>');
});
