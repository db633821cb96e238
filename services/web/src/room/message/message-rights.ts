import type {Message} from '@madang/client/client';
import {client} from '../../chat/client.ts';
import {may} from '../../chat/may.ts';

/** Whether the message is the user's own, so that they may change it where nobody forbids that. */
export const isOwn = ({sender}: Message): boolean => sender.id === client.user?.id;

/** Whether the user may answer the message, and react to it. */
export const mayAnswer = ({roomId}: Message): boolean => may(roomId, 'send');

export const mayEdit = (message: Message): boolean =>
  isOwn(message) && message.text !== '' && may(message.roomId, 'edit');

/** Both users of a whisper may pin, and in other rooms those who look after it. */
export const mayPin = ({roomId}: Message): boolean =>
  may(roomId, client.rooms.get(roomId)?.state.room.kind === 'direct' ? 'send' : 'moderate');

export const mayDelete = (message: Message): boolean =>
  (isOwn(message) && may(message.roomId, 'delete')) || may(message.roomId, 'moderate');
