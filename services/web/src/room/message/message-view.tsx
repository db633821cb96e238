import type {Message} from '@madang/client/client';
import {clsx} from 'clsx';
import {Ellipsis, Reply} from 'lucide-react';
import type {ReactNode} from 'react';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {useMayWhisper} from '../../chat/may.ts';
import {presentNames} from '../../chat/people.ts';
import {IconButton} from '../../ui/button.tsx';
import {ColoredName, Disc} from '../../ui/person.tsx';
import {SignInName} from '../../ui/sign-in-name.tsx';
import {AttachmentView} from './attachment-view.tsx';
import {useConversation} from '../composer/intent.ts';
import {MessageTime} from './message-time.tsx';
import {Quote} from './quote.tsx';
import {RichText} from './rich-text.tsx';
import {useLongPress} from './use-long-press.ts';
import styles from './message.module.css';

type MessageViewProps = {
  message: Message;
  isMine: boolean;
  isFirst: boolean;
  isLast: boolean;
  isMarked: boolean;
  isDirect: boolean;
};

/** One message of the log. Others' are on the left under their name, and the user's own on the right. */
export function MessageView({message, isMine, isFirst, isLast, isMarked, isDirect}: MessageViewProps) {
  const {openMenu} = useConversation();
  const longPress = useLongPress((anchor) => openMenu(message, anchor));
  const {sender, createdAt, deletedAt, replyTo} = message;
  const isGone = deletedAt !== undefined;
  return (
    <article
      tabIndex={-1}
      onKeyDown={(event) => {
        const isHere = event.target === event.currentTarget;
        if (isHere && event.key === 'Enter' && !isGone) openMenu(message, event.currentTarget);
      }}
      className={clsx(styles.row, isMine && styles.mine, isFirst && styles.first, isMarked && styles.marked)}
    >
      {!isMine && isFirst && <Sender message={message} isDirect={isDirect} />}
      <div className={styles.line}>
        <div className={clsx(styles.bubble, isGone && styles.deleted)} {...(isGone ? {} : longPress)}>
          {replyTo !== undefined && !isGone && <Quote roomId={message.roomId} seq={replyTo} />}
          <span className="visually-hidden">
            <bdi>{sender.name}</bdi>:{' '}
          </span>
          <Content message={message} />
        </div>
        {/* Without the space a screen reader would join a number at the end with the time. */}{' '}
        <MessageTime time={createdAt} isShown={isLast} />
        {!isGone && <Tools message={message} />}
      </div>
    </article>
  );
}

/** The sender of a message. A press on the name whispers. */
function Sender({message: {sender}, isDirect}: {message: Message; isDirect: boolean}): ReactNode {
  const {t} = useTranslation();
  const {whisper} = useConversation();
  const mayWhisper = useMayWhisper(sender.id);
  const present = useStore(presentNames, ({byId}) => byId.get(sender.id));
  const name = <ColoredName color={sender.color}>{sender.name}</ColoredName>;
  return (
    <div className={styles.sender}>
      <Disc name={sender.name} color={sender.color} />
      {isDirect || !mayWhisper ? (
        <span>{name}</span>
      ) : (
        <button
          type="button"
          className={styles.name}
          title={t('room.whisperTo', {name: sender.name})}
          onClick={() => whisper(sender)}
        >
          {name}
        </button>
      )}
      <SignInName id={sender.id} shown={sender.name} />
      {present !== undefined && present !== sender.name && (
        <span className={styles.present}>{t('room.nowCalled', {name: present})}</span>
      )}
    </div>
  );
}

function Content({message: {text, attachments, editedAt, deletedAt}}: {message: Message}): ReactNode {
  const {t} = useTranslation();
  if (deletedAt !== undefined) return t('room.deleted');
  return (
    <>
      <div dir="auto" className={styles.text}>
        {text !== '' && <RichText text={text} />}
        {editedAt !== undefined && <bdi className={styles.edited}> {t('room.edited')}</bdi>}
      </div>
      {attachments.map((attachment) => (
        <AttachmentView key={attachment.id} attachment={attachment} />
      ))}
    </>
  );
}

function Tools({message}: {message: Message}): ReactNode {
  const {t} = useTranslation();
  const {reply, openMenu} = useConversation();
  return (
    <div className={styles.tools}>
      <IconButton className={styles.tool} label={t('room.reply')} onClick={() => reply(message)}>
        <Reply size={16} />
      </IconButton>
      <IconButton
        className={styles.tool}
        label={t('room.messageActions')}
        aria-haspopup="menu"
        onClick={(event) => openMenu(message, event.currentTarget)}
      >
        <Ellipsis size={16} />
      </IconButton>
    </div>
  );
}
