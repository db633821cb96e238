import type {Message} from '@madang/client/client';
import {clsx} from 'clsx';
import {Pin} from 'lucide-react';
import {useState, type ReactNode} from 'react';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {useIsFolded} from '../../chat/blocked.ts';
import {isMentioned} from '../../chat/mentioned.ts';
import {acts, deletionOf, holdOn, hurry, takeBack, type Act} from '../../chat/undo.ts';
import {AttachmentView} from './attachment-view.tsx';
import {useConversation} from '../composer/intent.ts';
import {Folded} from './folded.tsx';
import {useLook} from './look.ts';
import {MentionsIn} from './mentioned.tsx';
import {useMessageKeys} from './message-keys.ts';
import {MessageTime} from './message-time.tsx';
import {MessageTools} from './message-tools.tsx';
import {Quote} from './quote.tsx';
import {Reactions} from './reactions.tsx';
import {RichText} from './rich-text.tsx';
import {Row} from './row.tsx';
import {Sender} from './sender.tsx';
import {ThreadLine} from './thread-line.tsx';
import {useLongPress} from './use-long-press.ts';
import styles from './message.module.css';

type MessageViewProps = {
  message: Message;
  isMine: boolean;
  isFirst: boolean;
  isLast: boolean;
  isMarked: boolean;
};

/** One message of the log. The style sheets decide its layout. */
export function MessageView({message, isMine, isFirst, isLast, isMarked}: MessageViewProps) {
  const {openMenu} = useConversation();
  const look = useLook();
  const onKeyDown = useMessageKeys(message);
  const longPress = useLongPress((anchor) => openMenu(message, anchor));
  const {sender, createdAt, deletedAt, replyTo} = message;
  const doomed = useStore(acts, ({waiting, done}) =>
    deletionOf([...waiting, ...done], message.roomId, message.seq),
  );
  const [isShown, setShown] = useState(false);
  const isFolded = useIsFolded(message) && !isShown && deletedAt === undefined;
  const isGone = deletedAt !== undefined || doomed !== undefined || isFolded;
  return (
    <Row
      {...{isMine, isFirst, isLast, isMarked}}
      isForMe={!isGone && isMentioned(message)}
      onKeyDown={isGone ? undefined : onKeyDown}
    >
      {isFirst && <Sender sender={sender} mayPress={!isMine} />}
      <div className={look['line']}>
        <div
          className={clsx(styles.bubble, look['bubble'], isGone && styles.deleted)}
          {...(isGone ? {} : longPress)}
        >
          {replyTo !== undefined && !isGone && <Quote roomId={message.roomId} seq={replyTo} />}
          <span className="visually-hidden">
            <bdi>{sender.name}</bdi>:{' '}
          </span>
          {isFolded ? (
            <Folded onShow={() => setShown(true)} />
          ) : doomed !== undefined && deletedAt === undefined ? (
            <Doomed act={doomed} />
          ) : (
            <Content message={message} />
          )}
        </div>
        {/* Without the space a screen reader would join a number at the end with the time. */}{' '}
        <MessageTime time={createdAt} />
        {!isGone && <MessageTools message={message} />}
      </div>
      {!isGone && <Reactions message={message} />}
      {message.thread !== undefined && <ThreadLine message={message} thread={message.thread} />}
    </Row>
  );
}

/** A message that the user has deleted, which they can take back for a while. */
function Doomed({act}: {act: Act}): ReactNode {
  const {t} = useTranslation();
  const isWaiting = useStore(acts, ({waiting}) => waiting.includes(act));
  return (
    <span
      onPointerEnter={() => holdOn(act)}
      onPointerLeave={() => hurry(act)}
      onFocus={() => holdOn(act)}
      onBlur={() => hurry(act)}
    >
      {t('undo.deleted')}{' '}
      {isWaiting && (
        <button type="button" className={styles.undo} onClick={() => takeBack(act)}>
          {t('undo.undo')}
        </button>
      )}
    </span>
  );
}

function Content({message}: {message: Message}): ReactNode {
  const {t} = useTranslation();
  const {text, attachments, editedAt, deletedAt, annotations} = message;
  if (deletedAt !== undefined) return t('room.deleted');
  return (
    <>
      <div dir="auto" className={styles.text}>
        {text !== '' && (
          <MentionsIn message={message}>
            <RichText text={text} />
          </MentionsIn>
        )}
        {annotations?.pinned !== undefined && (
          <Pin className={styles.pinned} size={14} role="img" aria-label={t('pins.pinned')} />
        )}
        {editedAt !== undefined && <bdi className={styles.edited}> {t('room.edited')}</bdi>}
      </div>
      {attachments.map((attachment) => (
        <AttachmentView key={attachment.id} attachment={attachment} />
      ))}
    </>
  );
}
