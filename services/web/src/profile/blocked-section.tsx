import type {User} from '@madang/client/client';
import {limits} from '@madang/protocol/limits';
import {useEffect, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {block, blocked} from '../chat/blocked.ts';
import {client} from '../chat/client.ts';
import {personOf} from '../chat/people.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Alert} from '../ui/alert.tsx';
import {Button} from '../ui/button.tsx';
import {Disc, nameOf} from '../ui/person.tsx';
import {useAction} from '../ui/use-action.ts';
import styles from './profile.module.css';

/** The people whom the user blocks. */
export function BlockedSection() {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const ids = useStore(blocked, (state) => state.ids);
  const known = useKnown(ids);
  const {run, isBusy, error} = useAction((id: string) => block(id, false));
  return (
    <section className={styles.section} aria-label={t('profile.blocked')}>
      <h2>{t('profile.blocked')}</h2>
      {error !== undefined && <Alert>{errorText(error)}</Alert>}
      {ids.size === 0 && <p className={styles.lead}>{t('profile.blockedNone')}</p>}
      <ul className={styles.items}>
        {[...ids].map((id) => {
          const user = known.get(id) ?? personOf(id);
          const name = user === undefined ? t('profile.someone') : nameOf(user);
          return (
            <li key={id} className={styles.item}>
              {user !== undefined && <Disc name={name} color={user.color} />}
              <span dir="auto" className={styles.itemName}>
                {name}
              </span>
              <Button aria-label={t('profile.unblock', {name})} isBusy={isBusy} onClick={() => void run(id)}>
                {t('person.unblock')}
              </Button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** The blocked people whom the user may still know. */
function useKnown(ids: ReadonlySet<string>): ReadonlyMap<string, User> {
  const [known, setKnown] = useState<ReadonlyMap<string, User>>(new Map());
  useEffect(() => {
    const read = async () => {
      for (let from = 0; from < ids.size; from += limits.usersPerGet) {
        const users = await client.users([...ids].slice(from, from + limits.usersPerGet));
        setKnown((before) => new Map([...before, ...users.map((user) => [user.id, user] as const)]));
      }
    };
    void read().catch(() => undefined);
  }, [ids]);
  return known;
}
