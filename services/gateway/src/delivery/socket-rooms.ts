import type {Audience, PresencePlace} from '../broadcast.ts';

/** The only code that names Socket.IO's emit groups. No name has 20 characters, since those pass for socket ids. */
export const socketRooms = {
  room: (roomId: string) => `room:${roomId}`,
  user: (userId: string) => `user:${userId}`,
  presence: (tenantId: string) => `presence:${tenantId}`,
  servicePresence: (tenantId: string) => `service-presence:${tenantId}`,
  lobby: (tenantId: string) => `lobby:${tenantId}`,
  /** For canaries alone; no socket joins it. */
  probe: 'probe',
};

export function socketRoomOf(audience: Audience): string {
  if ('room' in audience) return socketRooms.room(audience.room);
  if ('user' in audience) return socketRooms.user(audience.user);
  if ('presence' in audience) return socketRooms.presence(audience.presence);
  if ('servicePresence' in audience) return socketRooms.servicePresence(audience.servicePresence);
  return socketRooms.lobby(audience.lobby);
}

/** The place whose presence an event to that socketRoom announces. */
export function placeOf(socketRoom: string): Omit<PresencePlace, 'tenantId'> | undefined {
  const [group, id = ''] = socketRoom.split(':');
  if (group === 'room') return {kind: 'room', id};
  return group === 'presence' || group === 'service-presence' ? {kind: 'tenant', id} : undefined;
}

/** The id under which a feed is a member of its socketRoom, which makes the adapter listen on the room's channel. */
export const feedMember = 'feed';
