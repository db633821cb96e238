import type {Message} from '@madang/client/client';
import {clsx} from 'clsx';
import {useEffect, useState, useSyncExternalStore} from 'react';
import {useTranslation} from 'react-i18next';
import {isFolded} from '../../chat/blocked.ts';
import {client} from '../../chat/client.ts';
import {ColoredName} from '../../ui/person.tsx';
import {useConversation} from '../composer/intent.ts';
import {useLook} from './look.ts';
import styles from './message.module.css';

/** Quoted messages that are older than those loaded. */
const fetched = new Map<string, Message>();

/** The message that this one answers. A press leads there. */
export function Quote({roomId, seq}: {roomId: string; seq: number}) {
  const {t} = useTranslation();
  const {jumpTo} = useConversation();
  const look = useLook();
  const message = useMessage(roomId, seq);
  const isGone = message === undefined || message.deletedAt !== undefined;
  if (isGone) return <span className={clsx(styles.quote, look['quote'])}>{t('room.quoteGone')}</span>;
  const {sender, text, attachments} = message;
  return (
    <button type="button" className={clsx(styles.quote, look['quote'])} onClick={() => jumpTo(seq)}>
      <span className="visually-hidden">{t('room.jumpTo', {name: sender.name})}</span>
      <ColoredName color={sender.color}>{sender.name}</ColoredName>
      <span dir="auto" className={styles.quoted}>
        {isFolded(message) ? t('person.folded') : text || attachments.map(({name}) => name).join(', ')}
      </span>
    </button>
  );
}

function useMessage(roomId: string, seq: number): Message | undefined {
  const {subscribe, snapshot} = client.stores.messages(roomId);
  const loaded = useSyncExternalStore(subscribe, () => findBySeq(snapshot().messages, seq));
  const key = `${roomId} ${seq}`;
  const [, setCount] = useState(0);
  const isMissing = loaded === undefined && !fetched.has(key);
  useEffect(() => {
    if (!isMissing) return;
    void client
      .call('message:list', {roomId, before: seq + 1, limit: 1})
      .then(({messages: [message]}) => {
        if (message?.seq === seq) fetched.set(key, message);
        setCount((count) => count + 1);
      })
      .catch(() => undefined);
  }, [isMissing, roomId, seq, key]);
  return loaded ?? fetched.get(key);
}

/** Sorted by seq, so the half that contains it is known. */
function findBySeq(messages: readonly Message[], seq: number): Message | undefined {
  let [low, high] = [0, messages.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle]!.seq < seq) low = middle + 1;
    else high = middle;
  }
  const found = messages[low];
  return found?.seq === seq ? found : undefined;
}
