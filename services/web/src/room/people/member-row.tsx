import type {Member, RoomSnapshot} from '@madang/client/client';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {useMayWhisper} from '../../chat/may.ts';
import {session} from '../../chat/session.ts';
import {ColoredName, Disc, nameOf} from '../../ui/person.tsx';
import {SignInName} from '../../ui/sign-in-name.tsx';
import {useConversation} from '../composer/intent.ts';
import {MemberMenu} from './member-menu.tsx';
import styles from './people-panel.module.css';

/** One person in a room. A press on the name whispers. Moderators also have a menu. */
export function MemberRow({member, view}: {member: Member; view: RoomSnapshot}) {
  const {t} = useTranslation();
  const {whisper} = useConversation();
  const me = useStore(session, (state) => state.user?.id);
  const {user, role, online, mutedUntil, banned} = member;
  const mayWhisper = useMayWhisper(user.id);
  const isMuted = mutedUntil !== undefined && Date.parse(mutedUntil) > Date.now();
  const marks = [
    user.id === me && t('you'),
    role !== 'member' && t(`room.roles.${role}`),
    isMuted && t('member.muted'),
    banned === true && t('member.banned'),
  ].filter(Boolean);
  const content = (
    <>
      <Disc name={nameOf(user)} color={user.color} isOnline={online} />
      <span dir="auto" className={styles.name}>
        <ColoredName color={user.color}>{nameOf(user)}</ColoredName>
      </span>
      <SignInName id={user.id} shown={nameOf(user)} />
      <span className={styles.mark}>{marks.join(' · ')}</span>
    </>
  );
  if (user.id === me) return <div className={styles.person}>{content}</div>;
  return (
    <div className={styles.row}>
      {mayWhisper ? (
        <button
          type="button"
          className={styles.person}
          title={t('room.whisperTo', {name: nameOf(user)})}
          onClick={() => whisper(user)}
        >
          {content}
        </button>
      ) : (
        <div className={styles.person}>{content}</div>
      )}
      <MemberMenu member={member} view={view} />
    </div>
  );
}
