import {useTranslation} from 'react-i18next';
import type {Room} from '@madang/client/client';
import type {Notice} from '../../chat/notices.ts';
import {isGeneral} from '../../chat/rooms.ts';
import {nameOf} from '../../ui/person.tsx';
import styles from './row.module.css';

type NoticeLineProps = {event: Notice['kind']; users: Notice['users']; room: Room};

/** Says who came or left. Several at once share one line. */
export function NoticeLine({event, users, room}: NoticeLineProps) {
  const {t} = useTranslation();
  const [first = '', second = ''] = users.map(nameOf);
  const others = {first, second, count: users.length - 2};
  const text = {
    joined: () => {
      if (users.length === 1) return t(isGeneral(room) ? 'room.joinedChat' : 'room.joined', {name: first});
      return users.length === 2 ? t('room.joinedTwo', {first, second}) : t('room.joinedMany', others);
    },
    left: () => {
      if (users.length === 1) return t(isGeneral(room) ? 'room.leftChat' : 'room.left', {name: first});
      return users.length === 2 ? t('room.leftTwo', {first, second}) : t('room.leftMany', others);
    },
  };
  return <p className={styles.system}>{text[event]()}</p>;
}
