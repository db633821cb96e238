import {closeAnyRoom, listRoomsForOperator} from '@madang/database/operator/operator';
import type {Command} from 'commander';
import {limitOption, tenantNamed, tenantOption, uuid} from '../arguments.ts';
import {action} from '../run.ts';

export function addRoomCommands(program: Command): void {
  const room = program.command('room').description('the rooms of a product, except direct rooms');

  room
    .command('list')
    .description('open rooms, the most active first')
    .addOption(tenantOption())
    .option('--query <text>', 'part of a title')
    .addOption(limitOption())
    .action(
      action(async (db, _config, options: {tenant: string; query?: string; limit: number}) => {
        const {tenant, ...page} = options;
        const {id: tenantId} = await tenantNamed(db, tenant);
        const rooms = await listRoomsForOperator(db, {tenantId, ...page});
        return {
          rows: rooms.map(({owner, ...rest}) => ({...rest, owner: owner.name, ownerId: owner.id})),
          columns: [
            'id',
            'title',
            'visibility',
            'memberCount',
            'capacity',
            'ephemeral',
            'owner',
            'createdAt',
          ],
        };
      }),
    );

  room
    .command('close')
    .description('close a room permanently')
    .argument('<id>', 'an id from the list', uuid)
    .action(
      action(async (db, _config, roomId: string) => {
        const {room: closed} = await closeAnyRoom(db, {roomId});
        return {done: `Closed ${closed.title} (${roomId}).`, data: {roomId, closedAt: closed.closedAt}};
      }),
    );
}
