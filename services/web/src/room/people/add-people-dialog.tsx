import type {RoomSnapshot, User} from '@madang/client/client';
import {UserPlus} from 'lucide-react';
import {useEffect, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../../chat/client.ts';
import {meet} from '../../chat/people.ts';
import {useErrorText} from '../../i18n/use-error-text.ts';
import {Alert} from '../../ui/alert.tsx';
import {IconButton} from '../../ui/button.tsx';
import {Dialog} from '../../ui/dialog.tsx';
import {Disc, nameOf} from '../../ui/person.tsx';
import {SignInName} from '../../ui/sign-in-name.tsx';
import {TextField} from '../../ui/text-field.tsx';
import {useAction} from '../../ui/use-action.ts';
import styles from './people-panel.module.css';

const searchAfterMs = 200;

/** Adds people to a group by name. */
export default function AddPeopleDialog({view, onClose}: {view: RoomSnapshot; onClose: () => void}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [query, setQuery] = useState('');
  const [added, setAdded] = useState<ReadonlySet<string>>(new Set());
  const found = useFound(query);
  const {run, isBusy, error} = useAction(async (userId: string) => {
    await client.call('member:add', {roomId: view.id, userId});
    setAdded(new Set(added).add(userId));
  });

  return (
    <Dialog title={t('room.addPeople')} isOpen onClose={onClose}>
      {error !== undefined && <Alert>{errorText(error)}</Alert>}
      <TextField
        label={t('member.find')}
        type="search"
        autoFocus
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      <ul className={styles.found} aria-live="polite">
        {found?.length === 0 && <li className={styles.mark}>{t('member.nobodyFound')}</li>}
        {found?.map((user) => (
          <li key={user.id} className={styles.person}>
            <Disc name={nameOf(user)} color={user.color} />
            <span dir="auto" className={styles.name}>
              {nameOf(user)}
            </span>
            <SignInName id={user.id} shown={nameOf(user)} />
            {added.has(user.id) ? (
              <span className={styles.mark}>{t('member.added')}</span>
            ) : (
              <IconButton
                label={t('member.add', {name: nameOf(user)})}
                disabled={isBusy}
                onClick={() => void run(user.id)}
              >
                <UserPlus size={18} />
              </IconButton>
            )}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

/** People whose name contains the input; undefined before there is any. */
function useFound(query: string): User[] | undefined {
  const [found, setFound] = useState<User[]>();
  useEffect(() => {
    const wanted = query.trim();
    if (wanted === '') return setFound(undefined);
    let isGone = false;
    const search = async () => {
      const page = await client.call('user:list', {query: wanted, limit: 20}).catch(() => undefined);
      if (isGone) return;
      if (page !== undefined) meet(page.users);
      setFound(page?.users.filter(({id, kind}) => id !== client.user?.id && kind !== 'service'));
    };
    const timer = setTimeout(() => void search(), searchAfterMs);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [query]);
  return found;
}
