import type {Message} from '@madang/client/client';
import {clsx} from 'clsx';
import {useEffect} from 'react';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {useIsFolded} from '../../chat/blocked.ts';
import {isMentioned} from '../../chat/mentioned.ts';
import {acts, deletionOf} from '../../chat/undo.ts';
import {isolate} from '../../i18n/isolate.ts';
import {Disc} from '../../ui/person.tsx';
import {useConversation} from '../composer/intent.ts';
import {MessageTime} from './message-time.tsx';
import {Row} from './row.tsx';
import {useMessage} from './use-message.ts';
import styles from './message.module.css';

type FoldedReplyProps = {message: Message; rootSeq: number; isMarked: boolean};

/** How many letters of the root stand in the line. */
const rootChars = 40;

/** A reply of a thread, in the room where it was sent: one line that opens the thread. */
export function FoldedReply({message, rootSeq, isMarked}: FoldedReplyProps) {
  const {t} = useTranslation();
  const {openThread} = useConversation();
  const {roomId, seq, sender, text, attachments, createdAt, deletedAt} = message;
  const root = useMessage(roomId, rootSeq);
  const isDoomed = useStore(acts, ({waiting, done}) => deletionOf([...waiting, ...done], roomId, seq));
  const isBlocked = useIsFolded(message);
  const isGone = deletedAt !== undefined || isDoomed !== undefined;
  // The link of a reply leads to the thread that it is part of.
  useEffect(() => {
    if (isMarked) openThread(rootSeq);
  }, [isMarked, openThread, rootSeq]);
  const about = root === undefined || root.deletedAt !== undefined ? '' : beginningOf(root);
  const name = isolate(sender.name);
  const shown = isBlocked ? t('person.folded') : text || attachments.map((each) => each.name).join(', ');
  const said = isGone ? t('room.deleted') : shown;
  return (
    <Row
      isFirst
      isMarked={isMarked}
      isForMe={!isGone && !isBlocked && isMentioned(message)}
      onKeyDown={({target, currentTarget, key, altKey, ctrlKey, metaKey}) => {
        const isPlain = target === currentTarget && !altKey && !ctrlKey && !metaKey;
        if (isPlain && key === 'Enter') openThread(rootSeq);
      }}
    >
      <button type="button" className={styles.folded} onClick={() => openThread(rootSeq)}>
        <Disc name={sender.name} color={sender.color} />
        <span dir="auto" className={clsx(styles.foldedText, isGone && styles.deleted)}>
          {about === '' ? t('thread.foldedGone', {name}) : t('thread.folded', {name, root: isolate(about)})}:{' '}
          <span>{said}</span>
        </span>
        <MessageTime time={createdAt} />
      </button>
    </Row>
  );
}

function beginningOf({text, attachments}: Message): string {
  const letters = Array.from(text.trim() || (attachments[0]?.name ?? ''));
  const [line = ''] = letters.slice(0, rootChars).join('').split('\n');
  return line.length < letters.join('').length ? `${line}…` : line;
}
