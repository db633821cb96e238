import {useTyping} from '@madang/react';
import {useTranslation} from 'react-i18next';
import {nameOf} from '../../ui/person.tsx';
import styles from './composer.module.css';

/** The users who are typing. The line is always present, so that the layout does not move. */
export function TypingLine({roomId}: {roomId: string}) {
  const {t} = useTranslation();
  const users = useTyping(roomId);
  const [first = '', second = ''] = users.map(nameOf);
  const texts = [
    () => '',
    () => t('room.typingOne', {first}),
    () => t('room.typingTwo', {first, second}),
    () => t('room.typingMany'),
  ];
  return (
    <p className={styles.typing} aria-live="off">
      {texts[Math.min(users.length, 3)]!()}
    </p>
  );
}
