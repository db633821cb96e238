import type {Message} from '@madang/client/client';
import {clsx} from 'clsx';
import {SmilePlus} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {may} from '../../chat/may.ts';
import {useConversation} from '../composer/intent.ts';
import {useLook} from './look.ts';
import {meetThose, useWho, type Reaction} from './reactors.ts';
import {useLongPress} from './use-long-press.ts';
import styles from './reactions.module.css';

/** The emoji on a message. A press on one adds the user's own, or takes it back; a long press tells who they are of. */
export function Reactions({message}: {message: Message}) {
  const {t} = useTranslation();
  const {openPicker} = useConversation();
  const look = useLook();
  const reactions = message.annotations?.reactions ?? [];
  if (reactions.length === 0) return null;
  return (
    <div role="group" aria-label={t('reaction.title')} className={clsx(styles.list, look['reactions'])}>
      {reactions.map((reaction) => (
        <Chip key={reaction.emoji} message={message} reaction={reaction} />
      ))}
      {may(message.roomId, 'send') && (
        <button
          type="button"
          className={clsx(styles.chip, styles.more)}
          aria-label={t('reaction.addAny')}
          title={t('reaction.addAny')}
          aria-haspopup="dialog"
          onClick={({currentTarget}) => openPicker(message, currentTarget)}
        >
          <SmilePlus size={16} />
        </button>
      )}
    </div>
  );
}

function Chip({message, reaction}: {message: Message; reaction: Reaction}) {
  const {react, showReactors} = useConversation();
  const {emoji, count, mine = false} = reaction;
  const {roomId, seq} = message;
  const who = useWho(reaction);
  const longPress = useLongPress(() => showReactors(message, emoji));
  const learn = () => meetThose(roomId, seq, reaction);
  return (
    <button
      type="button"
      className={styles.chip}
      aria-label={`${emoji} ${count}, ${who}`}
      title={who}
      aria-pressed={mine}
      onPointerEnter={learn}
      onFocus={learn}
      onClick={() => (may(roomId, 'send') ? react(message, emoji, !mine) : showReactors(message, emoji))}
      {...longPress}
    >
      <span aria-hidden className={styles.emoji}>
        {emoji}
      </span>
      <span aria-hidden>{count}</span>
    </button>
  );
}
