import type {Member, RoomSnapshot} from '@madang/client/client';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {useIsBlocked} from '../../chat/blocked.ts';
import {session} from '../../chat/session.ts';
import {StatusLine} from '../../status/status-line.tsx';
import {usePresent} from '../../status/use-present.ts';
import {ColoredName, Disc, nameOf} from '../../ui/person.tsx';
import {SignInName} from '../../ui/sign-in-name.tsx';
import {useConversation} from '../composer/intent.ts';
import {MemberMenu} from './member-menu.tsx';
import styles from './people-panel.module.css';

/** One person in a room. A press shows who it is. Moderators also have a menu. */
export function MemberRow({member, view}: {member: Member; view: RoomSnapshot}) {
  const {t} = useTranslation();
  const {showPerson} = useConversation();
  const me = useStore(session, (state) => state.user?.id);
  const {user, role, online, mutedUntil, banned} = member;
  const isBlocked = useIsBlocked(user.id);
  const present = usePresent(user);
  const isAway = online === true && present.away === true;
  const isMuted = mutedUntil !== undefined && Date.parse(mutedUntil) > Date.now();
  const marks = [
    user.id === me && t('you'),
    role !== 'member' && t(`room.roles.${role}`),
    isAway && t('availability.away'),
    isMuted && t('member.muted'),
    banned === true && t('member.banned'),
    isBlocked && t('person.blocked'),
  ].filter(Boolean);
  const content = (
    <>
      <Disc name={nameOf(user)} color={user.color} isOnline={online} isAway={isAway} />
      <span className={styles.who}>
        <span dir="auto" className={styles.name}>
          <ColoredName color={user.color}>{nameOf(user)}</ColoredName>
        </span>
        <StatusLine user={present} />
      </span>
      <SignInName id={user.id} shown={nameOf(user)} />
      <span className={styles.mark}>{marks.join(' · ')}</span>
    </>
  );
  if (user.id === me) return <div className={styles.person}>{content}</div>;
  return (
    <div className={styles.row}>
      <button
        type="button"
        className={styles.person}
        aria-haspopup="dialog"
        onClick={({currentTarget}) => showPerson(user, currentTarget)}
      >
        {content}
      </button>
      <MemberMenu member={member} view={view} />
    </div>
  );
}
