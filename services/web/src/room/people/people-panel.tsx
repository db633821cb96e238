import type {Member, RoomSnapshot, User} from '@madang/client/client';
import {X} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {people} from '../../chat/people.ts';
import {isGeneral} from '../../chat/rooms.ts';
import {IconButton} from '../../ui/button.tsx';
import {isComposing} from '../../ui/is-composing.ts';
import {nameOf} from '../../ui/person.tsx';
import {MemberRow} from './member-row.tsx';
import {useKnownMembers} from './use-known-members.ts';
import styles from './people-panel.module.css';

type PeoplePanelProps = {view: RoomSnapshot; onClose: () => void};

/** The people beside the conversation. A press on a name shows who it is. */
export function PeoplePanel({view, onClose}: PeoplePanelProps) {
  const {t} = useTranslation();
  return (
    <aside
      className={styles.panel}
      aria-label={t('people')}
      onKeyDown={(event) => event.key === 'Escape' && !isComposing(event.nativeEvent) && onClose()}
    >
      <header className={styles.header}>
        <h2>{t('people')}</h2>
        <IconButton label={t('close')} onClick={onClose}>
          <X size={20} />
        </IconButton>
      </header>
      <div className={styles.list}>
        {isGeneral(view.room) ? <Everyone view={view} /> : <Members view={view} />}
      </div>
    </aside>
  );
}

/** Everyone who is online in the whole cluster, with their known details as members. */
function Everyone({view}: {view: RoomSnapshot}) {
  const {t} = useTranslation();
  const {users, online} = useStore(people);
  const members = useKnownMembers(view.id);
  const known = new Map(members.map((member) => [member.user.id, member]));
  const list = [...users.values()].map((user) => ({
    ...asMember(user),
    ...known.get(user.id),
    online: true,
    user,
  }));
  return <Section title={t('online', {count: online})} members={list} view={view} />;
}

function Members({view}: {view: RoomSnapshot}) {
  const {t} = useTranslation();
  const members = useKnownMembers(view.id);
  const here = members.filter(({online}) => online);
  const away = members.filter(({online}) => !online);
  return (
    <>
      <Section title={t('room.membersOnline')} members={here} view={view} />
      <Section title={t('room.membersAway')} members={away} view={view} />
    </>
  );
}

type SectionProps = {title: string; members: readonly Member[]; view: RoomSnapshot};

function Section({title, members, view}: SectionProps) {
  if (members.length === 0) return null;
  const sorted = [...members].sort((a, b) => nameOf(a.user).localeCompare(nameOf(b.user)));
  return (
    <section aria-label={title}>
      <h3 className={styles.heading}>{title}</h3>
      <ul>
        {sorted.map((member) => (
          <li key={member.user.id}>
            <MemberRow member={member} view={view} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const asMember = (user: User): Member => ({user, role: 'member', online: true});
