import type {Room} from '@madang/client/client';
import {useMay, useRooms} from '@madang/react';
import {useState} from 'react';
import {useTranslation} from 'react-i18next';
import {TextField} from '../ui/text-field.tsx';
import {LobbyRow} from './lobby-row.tsx';
import {useHeldOrder} from './use-held-order.ts';
import styles from './lobby.module.css';

/** Above this number of rooms, users search for a room by its title. */
const searchFrom = 8;

export function LobbyList({rooms}: {rooms: readonly Room[]}) {
  const {t} = useTranslation();
  const mayCreate = useMay('createPublic');
  const [query, setQuery] = useState('');
  const mine = new Set(useRooms().map(({id}) => id));
  const {shown, hold, release} = useHeldOrder(rooms);
  const wanted = query.trim().toLocaleLowerCase();
  const found = shown.filter(({room}) => room.title.toLocaleLowerCase().includes(wanted));

  return (
    <div className={styles.list}>
      {rooms.length >= searchFrom && (
        <TextField
          label={t('lobby.search')}
          type="search"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
      )}
      {found.length === 0 && (
        <div className={styles.none}>
          <p>{rooms.length === 0 ? t('lobby.none') : t('lobby.notFound')}</p>
          {rooms.length === 0 && mayCreate && <p>{t('lobby.noneLead')}</p>}
        </div>
      )}
      <ul aria-label={t('nav.rooms')} onPointerEnter={hold} onPointerLeave={release}>
        {found.map(({room, isGone}) => (
          <li key={room.id} className={styles.item} data-gone={isGone || undefined}>
            <LobbyRow room={room} isGone={isGone} isMine={mine.has(room.id)} />
          </li>
        ))}
      </ul>
    </div>
  );
}
