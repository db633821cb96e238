import {useMay, useRooms} from '@madang/react';
import {useStore} from 'zustand';
import {pathOfWhisper} from '../chat/new-whisper.ts';
import {people} from '../chat/people.ts';
import {titleOf, whisperPartner} from '../chat/room-title.ts';
import {session} from '../chat/session.ts';
import {nameOf} from '../ui/person.tsx';
import {roomAddress} from './room-address.ts';

const maxFound = 8;

/** A room or a person, and their page. */
export type Target = {
  key: string;
  name: string;
  path: string;
  state?: object;
  color?: string;
  /** The person to whom it leads, if it is one person. */
  personId?: string;
  isGroup?: boolean;
};

/** Returns the user's own rooms, the latest first, then the people online, if their name contains the input. */
export function useTargets(query: string): Target[] {
  const online = useStore(people, ({users}) => users);
  const mayWhisper = useMay('direct');
  const me = useStore(session, ({user}) => user?.id);
  const spoken = useRooms().filter(({isUnspoken}) => !isUnspoken);
  const whispered = new Set(spoken.map(({room}) => whisperPartner(room)?.id));
  const mine = spoken.map(({id, room}): Target => {
    const partner = whisperPartner(room);
    const person = partner && {color: partner.color, personId: partner.id};
    const isGroup = room.visibility === 'private';
    return {key: id, name: titleOf(room), isGroup, path: roomAddress(id), ...person};
  });
  const others = [...online.values()]
    .filter(({id}) => mayWhisper && id !== me && !whispered.has(id))
    .map((user): Target => ({
      key: user.id,
      name: nameOf(user),
      color: user.color,
      personId: user.id,
      path: pathOfWhisper(user.id),
      state: {partner: user},
    }));
  const wanted = query.trim().toLocaleLowerCase();
  return [...mine, ...others]
    .filter(({name}) => name.toLocaleLowerCase().includes(wanted))
    .slice(0, maxFound);
}
