import type {Message} from '@madang/client/client';
import {clsx} from 'clsx';
import {Ellipsis, MessagesSquare, Reply, SmilePlus} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {IconButton} from '../../ui/button.tsx';
import {useConversation} from '../composer/intent.ts';
import {useLook} from './look.ts';
import {mayAnswer} from './message-rights.ts';
import {quickEmoji} from './quick-emoji.ts';
import styles from './message.module.css';

/** The bar of actions on a message, shown while it has the pointer or the focus. */
export function MessageTools({message}: {message: Message}) {
  const {t} = useTranslation();
  const {openMenu} = useConversation();
  const look = useLook();
  return (
    <div className={clsx(styles.tools, look['tools'])}>
      {mayAnswer(message) && <Answers message={message} />}
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

function Answers({message}: {message: Message}) {
  const {t} = useTranslation();
  const {react, openPicker, reply, openThread, thread} = useConversation();
  const isMine = (emoji: string) =>
    message.annotations?.reactions?.some((each) => each.emoji === emoji && each.mine) === true;
  return (
    <>
      {quickEmoji.map((emoji) => (
        <IconButton
          key={emoji}
          className={clsx(styles.tool, styles.quick)}
          label={t('reaction.add', {emoji})}
          aria-pressed={isMine(emoji)}
          onClick={() => react(message, emoji, !isMine(emoji))}
        >
          <span aria-hidden>{emoji}</span>
        </IconButton>
      ))}
      <IconButton
        className={styles.tool}
        label={t('reaction.addAny')}
        aria-haspopup="dialog"
        onClick={({currentTarget}) => openPicker(message, currentTarget)}
      >
        <SmilePlus size={16} />
      </IconButton>
      <IconButton className={styles.tool} label={t('room.reply')} onClick={() => reply(message)}>
        <Reply size={16} />
      </IconButton>
      {thread === undefined && (
        <IconButton className={styles.tool} label={t('thread.reply')} onClick={() => openThread(message.seq)}>
          <MessagesSquare size={16} />
        </IconButton>
      )}
    </>
  );
}
