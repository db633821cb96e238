import type {RoomSnapshot} from '@madang/client/client';
import {useTranslation} from 'react-i18next';
import {client} from '../../chat/client.ts';
import type {MenuEntry} from '../../ui/menu-entries.ts';

const levels = ['all', 'mentions', 'none'] as const;

/** How the user wants a room, as entries of its menu: what makes a notice, and whether the list leaves it out. */
export function usePrefEntries({id, room, prefs, unread, lastMessage}: RoomSnapshot): MenuEntry[] {
  const {t} = useTranslation();
  const level = prefs?.level ?? (room.kind === 'direct' ? 'all' : 'mentions');
  const isHidden = prefs?.hidden === true;
  // The menu shows what the server keeps. If it refuses, everything stays as it was.
  const set = (change: {level: (typeof levels)[number]} | {hidden: boolean}) =>
    void client.call('room:prefs', {roomId: id, ...change}).catch(() => undefined);
  return [
    {
      kind: 'choice',
      label: t('room.level'),
      value: level,
      choose: (value) => set({level: levels.find((one) => one === value)!}),
      options: levels.map((value) => ({value, label: t(`room.levels.${value}`)})),
    },
    {
      kind: 'action',
      label: t(isHidden ? 'room.unhide' : 'room.hide'),
      act: () => {
        set({hidden: !isHidden});
        // What is unread already is nothing new.
        if (!isHidden && unread > 0 && lastMessage !== undefined)
          void client.call('read:mark', {roomId: id, seq: lastMessage.seq}).catch(() => undefined);
      },
    },
  ];
}
