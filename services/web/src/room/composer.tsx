import {limits} from '@madang/protocol/limits';
import {SendHorizontal} from 'lucide-react';
import {useLayoutEffect, useRef, useState, type KeyboardEvent} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../chat/client.ts';
import {titleOf} from '../chat/room-title.ts';
import type {RoomView} from '../chat/rooms.ts';
import {IconButton} from '../ui/button.tsx';
import {readDraft, writeDraft} from './drafts.ts';
import styles from './composer.module.css';

/** Where one writes. What is not sent yet is kept as a draft. */
export function Composer({view}: {view: RoomView}) {
  const {t} = useTranslation();
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(() => readDraft(view.id));
  useGrowth(field, text);

  const write = (next: string) => {
    setText(next);
    writeDraft(view.id, next);
  };
  const send = () => {
    const content = text.trim();
    if (content === '') return;
    // Refusals are told where the message stands.
    void client.send(view.id, content).catch(() => undefined);
    write('');
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className={styles.box}>
        <textarea
          ref={field}
          className={styles.field}
          rows={1}
          value={text}
          maxLength={limits.textChars}
          aria-label={t('room.message')}
          placeholder={t('room.placeholder', {title: titleOf(view.state.room)})}
          enterKeyHint="send"
          autoComplete="off"
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <IconButton
          type="submit"
          className={styles.send}
          label={t('room.send')}
          disabled={text.trim() === ''}
          // A press must not take the focus, or a phone's keyboard would close and open.
          onPointerDown={(event) => event.preventDefault()}
        >
          <SendHorizontal size={20} />
        </IconButton>
      </div>
    </form>
  );
}

/** Enter ends the composition of a Hangul syllable. Safari tells of that end before the key, but by this key code. */
function isComposing({nativeEvent}: KeyboardEvent): boolean {
  return nativeEvent.isComposing || nativeEvent.keyCode === 229;
}

/** The field is as high as its text, up to what the style sheet allows. */
function useGrowth(field: React.RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = field.current!;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [field, text]);
}
