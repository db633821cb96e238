import {Hash, Users} from 'lucide-react';
import {useState, type KeyboardEvent} from 'react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {useStore} from 'zustand';
import {people} from '../chat/people.ts';
import {titleOf, whisperPartner} from '../chat/room-title.ts';
import {activeAt, rooms} from '../chat/rooms.ts';
import {session} from '../chat/session.ts';
import {openWhisper} from '../chat/whisper.ts';
import {Dialog} from '../ui/dialog.tsx';
import {Disc, nameOf} from '../ui/person.tsx';
import {TextField} from '../ui/text-field.tsx';
import {roomAddress} from './room-address.ts';
import styles from './jump.module.css';

const maxFound = 8;

type Target = {key: string; name: string; color?: string; isGroup?: boolean; open: () => Promise<string>};

/** Finds a room or person by name. The first one found is where Enter leads. */
export default function JumpDialog({onClose}: {onClose: () => void}) {
  const {t} = useTranslation();
  const [, navigate] = useLocation();
  const [query, setQuery] = useState('');
  const found = useTargets(query);
  const go = async (target: Target | undefined) => {
    if (target === undefined) return;
    onClose();
    navigate(roomAddress(await target.open()));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void go(found[0]).catch(() => undefined);
  };

  return (
    <Dialog title={t('nav.jump')} isOpen onClose={onClose}>
      <TextField
        label={t('member.find')}
        type="search"
        autoFocus
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <ul className={styles.found}>
        {found.map((target) => (
          <li key={target.key}>
            <button
              type="button"
              className={styles.target}
              onClick={() => void go(target).catch(() => undefined)}
            >
              <Sign target={target} />
              {target.name}
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function Sign({target: {name, color, isGroup}}: {target: Target}) {
  if (color !== undefined) return <Disc name={name} color={color} />;
  const Icon = isGroup === true ? Users : Hash;
  return (
    <span className={styles.sign} aria-hidden>
      <Icon size={18} />
    </span>
  );
}

function useTargets(query: string): Target[] {
  const byId = useStore(rooms, (state) => state.byId);
  const online = useStore(people, ({users}) => users);
  const me = useStore(session, ({user}) => user?.id);
  const whispered = new Set([...byId.values()].map(({state}) => whisperPartner(state.room)?.id));
  const mine = [...byId.values()]
    .sort((a, b) => activeAt(b).localeCompare(activeAt(a)))
    .map(({id, state: {room}}): Target => {
      const color = whisperPartner(room)?.color;
      const isGroup = room.visibility === 'private';
      return {key: id, name: titleOf(room), isGroup, open: async () => id, ...(color && {color})};
    });
  const others = [...online.values()]
    .filter(({id}) => id !== me && !whispered.has(id))
    .map((user): Target => ({
      key: user.id,
      name: nameOf(user),
      color: user.color,
      open: () => openWhisper(user.id),
    }));
  const wanted = query.trim().toLocaleLowerCase();
  return [...mine, ...others]
    .filter(({name}) => name.toLocaleLowerCase().includes(wanted))
    .slice(0, maxFound);
}
