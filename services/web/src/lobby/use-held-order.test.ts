import type {Room} from '@madang/client/client';
import {expect, test} from 'vitest';
import {holdOrder} from './use-held-order.ts';

const room = (id: string, title = id) => ({id, title}) as Room;
const told = (shown: ReturnType<typeof holdOrder>) =>
  shown.map(({room: {title}, isGone}) => (isGone ? `${title} gone` : title));

test('no row moves while the order is held', () => {
  const held = [room('a'), room('b'), room('c')];

  expect(told(holdOrder(held, [room('new'), room('a'), room('c', 'c renamed')]))).toEqual([
    'a',
    'b gone',
    'c renamed',
    'new',
  ]);
});
