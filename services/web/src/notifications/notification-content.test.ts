import {expect, test} from 'vitest';
import {contentOf, itemOf} from './notification-content.ts';

const content = (data: Record<string, unknown>) =>
  contentOf({id: 'id', type: 'order.placed', data, createdAt: '2026-01-01T00:00:00.000Z'});

test('shows title and text if they are texts, else what there is, else the type', () => {
  expect(content({title: 'New order', text: 'Two loaves'})).toEqual({title: 'New order', text: 'Two loaves'});
  expect(content({text: '주문이 들어왔습니다.'})).toEqual({title: '주문이 들어왔습니다.'});
  expect(content({title: 'New order', text: 7})).toEqual({title: 'New order'});
  expect(content({title: ['no'], text: '  '})).toEqual({title: 'order.placed'});
});

test.each([
  ['/rooms/01990000-0000-7000-8000-000000000000', true],
  ['/orders?no=7#state', true],
  ['https://shop.example/orders/7', false],
])('follows %s', (link, isHere) => {
  expect(content({link}).link).toEqual({href: link, isHere});
  expect(content({url: link}).link).toEqual({href: link, isHere});
});

test.each([
  '//elsewhere.example/path',
  '/\\elsewhere.example/path',
  'http://shop.example/',
  'https://mina:secret@shop.example/',
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  ' javascript:alert(1)',
  'orders/7',
  '',
  7,
  null,
])('does not follow %s', (link) => {
  expect(content({link}).link).toBeUndefined();
});

test('tells an inbox item from what a product says, whatever its data are', () => {
  const sender = {id: 'id', name: 'Mina', color: '#c05621', kind: 'account'};
  const item = (type: string, data: Record<string, unknown>) =>
    itemOf({id: 'id', type, data, createdAt: '2026-01-01T00:00:00.000Z'});

  expect(item('madang.mention', {roomId: 'room', seq: 7, sender})).toEqual({
    kind: 'mention',
    roomId: 'room',
    sender: {name: 'Mina', color: '#c05621'},
  });
  expect(item('order.placed', {roomId: 'room', sender})).toBeUndefined();
  expect(item('madang.unheard-of', {roomId: 'room', sender})).toBeUndefined();
  expect(item('madang.reply', {roomId: 'room', sender: 'Mina'})).toBeUndefined();
  expect(item('madang.reply', {sender})).toBeUndefined();
});
