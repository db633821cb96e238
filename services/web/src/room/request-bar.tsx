import type {CallInput, RoomSnapshot} from '@madang/client/client';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {block} from '../chat/blocked.ts';
import {client} from '../chat/client.ts';
import {titleOf, whisperPartner} from '../chat/room-title.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Alert} from '../ui/alert.tsx';
import {Button} from '../ui/button.tsx';
import {useAction} from '../ui/use-action.ts';
import styles from './request-bar.module.css';

/** What the user may do about a whisper of a stranger that waits to be accepted. An answer accepts it, too. */
export default function RequestBar({view}: {view: RoomSnapshot}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [, navigate] = useLocation();
  const partner = whisperPartner(view.room);
  const {run, isBusy, error} = useAction((act: () => Promise<void>) => act());
  const name = titleOf(view.room);

  const set = async (prefs: Omit<CallInput<'room:prefs'>, 'roomId'>) => {
    await client.call('room:prefs', {roomId: view.id, ...prefs});
  };
  const accept = () => set({request: false, hidden: false});
  /** A direct room has no end. It stays out of the list until they write again. */
  const remove = async () => {
    const seq = view.lastMessage?.seq;
    if (seq !== undefined) await client.call('read:mark', {roomId: view.id, seq});
    await set({hidden: true});
    navigate('/rooms');
  };
  const refuse = async () => {
    if (partner !== undefined) await block(partner.id, true);
    await remove();
  };

  return (
    <section className={styles.request} aria-label={t('request.title')}>
      <p className={styles.lead}>{t('request.lead', {name})}</p>
      {error !== undefined && <Alert>{errorText(error)}</Alert>}
      <div className={styles.choices}>
        <Button look="primary" isBusy={isBusy} onClick={() => void run(accept)}>
          {t('request.accept')}
        </Button>
        <Button isBusy={isBusy} onClick={() => void run(remove)}>
          {t('request.delete')}
        </Button>
        <Button look="danger" isBusy={isBusy} onClick={() => void run(refuse)}>
          {t('person.block')}
        </Button>
      </div>
    </section>
  );
}
