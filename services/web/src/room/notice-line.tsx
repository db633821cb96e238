import {useTranslation} from 'react-i18next';
import type {Notice} from '../chat/notices.ts';
import {nameOf} from '../ui/person.tsx';
import styles from './row.module.css';

/** Who came or went. Many at once are told in one line. */
export function NoticeLine({event, users}: Pick<Notice, 'users'> & {event: Notice['kind']}) {
  const {t} = useTranslation();
  const [first = '', second = ''] = users.map(nameOf);
  const others = {first, second, count: users.length - 2};
  const text = {
    joined: () => {
      if (users.length === 1) return t('room.joinedChat', {name: first});
      return users.length === 2 ? t('room.joinedTwo', {first, second}) : t('room.joinedMany', others);
    },
    left: () => {
      if (users.length === 1) return t('room.leftChat', {name: first});
      return users.length === 2 ? t('room.leftTwo', {first, second}) : t('room.leftMany', others);
    },
  };
  return <p className={styles.system}>{text[event]()}</p>;
}
