import type {Acknowledgement} from '@madang/protocol/events';
import type {RoomState} from '@madang/protocol/rooms';
import {patiently} from '@madang/testkit/patience';
import {Refused} from '@madang/testkit/raw-client';
import {SocketIoConnection} from '../contenders/socket-io-connection.ts';

/** A connection of a product's server, and a room that no other connection uses. */
export type ProductRoom = {connection: SocketIoConnection; roomId: string};

/** Opens this many of them, and retries each one that is refused temporarily. */
export function enterRooms(url: string, key: string, count: number): Promise<ProductRoom[]> {
  return Promise.all(Array.from({length: count}, () => patiently(() => enter(url, key))));
}

async function enter(url: string, key: string): Promise<ProductRoom> {
  const connection = await SocketIoConnection.open(url, {}, key);
  const wish = {title: 'Bench', visibility: 'private'};
  const answer = (await connection.call('room:create', wish)) as Acknowledgement<RoomState>;
  if (!answer.ok) throw new Refused('room:create', answer.error);
  return {connection, roomId: answer.data.room.id};
}
