import type {ListedSession} from '@madang/protocol/users';
import {path} from '@madang/client/client';
import {useCallback, useEffect, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../chat/client.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Alert} from '../ui/alert.tsx';
import {Button} from '../ui/button.tsx';
import {useAction} from '../ui/use-action.ts';
import {deviceOf} from './device-of.ts';
import styles from './profile.module.css';

/** Where the user is signed in. Each session but this one has a button that ends it. */
export function SessionItems() {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const {sessions, error, read} = useSessions();
  const ending = useAction(async (id: string) => {
    await client.http('DELETE', path`/me/sessions/${id}`);
    await read();
  });
  const failure = ending.error ?? error;
  return (
    <>
      {failure !== undefined && <Alert>{errorText(failure)}</Alert>}
      <ul className={styles.items}>
        {sessions?.map((session) => (
          <li key={session.id} className={styles.item}>
            <About session={session} />
            {session.current ? (
              <span className={styles.lead}>{t('profile.thisDevice')}</span>
            ) : (
              <Button
                aria-label={t('profile.endSessionOf', {device: nameOf(session) || t('profile.someDevice')})}
                isBusy={ending.isBusy}
                onClick={() => void ending.run(session.id)}
              >
                {t('profile.endSession')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

const nameOf = ({agent = ''}: ListedSession): string => deviceOf(agent);

function About({session}: {session: ListedSession}) {
  const {t, i18n} = useTranslation();
  const {createdAt, seenAt, address} = session;
  const time = new Intl.DateTimeFormat(i18n.language, {dateStyle: 'medium', timeStyle: 'short'});
  const at = (text: string) => time.format(new Date(text));
  return (
    <div className={styles.itemName}>
      <bdi>{nameOf(session) || t('profile.someDevice')}</bdi>
      <p className={styles.lead}>
        {t('profile.signedInAt', {time: at(createdAt)})} · {t('profile.seenAt', {time: at(seenAt)})}
        {address !== undefined && (
          <>
            {' · '}
            <bdi>{address}</bdi>
          </>
        )}
      </p>
    </div>
  );
}

function useSessions() {
  const [sessions, setSessions] = useState<readonly ListedSession[]>();
  const [error, setError] = useState<unknown>();
  const read = useCallback(async () => {
    try {
      setSessions((await client.http<{sessions: ListedSession[]}>('GET', '/me/sessions')).sessions);
      setError(undefined);
    } catch (caught) {
      setError(caught);
    }
  }, []);
  useEffect(() => void read(), [read]);
  return {sessions, error, read};
}
