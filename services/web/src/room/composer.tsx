import {limits} from '@madang/protocol/limits';
import {SendHorizontal} from 'lucide-react';
import {useEffect, useLayoutEffect, useRef, type KeyboardEvent, type RefObject} from 'react';
import {useTranslation} from 'react-i18next';
import {titleOf} from '../chat/room-title.ts';
import type {RoomView} from '../chat/rooms.ts';
import {Alert} from '../ui/alert.tsx';
import {IconButton} from '../ui/button.tsx';
import {ImageButton} from './image-button.tsx';
import type {Intent} from './intent.ts';
import {IntentBar} from './intent-bar.tsx';
import {MutedNote, useMutedUntil} from './muted-note.tsx';
import {TypingLine} from './typing-line.tsx';
import {useComposer} from './use-composer.ts';
import styles from './composer.module.css';

type ComposerProps = {view: RoomView; intent: Intent; onIntent: (intent: Intent) => void};

/** Where one writes. What is not sent yet is kept as a draft. */
export function Composer({view, intent, onIntent}: ComposerProps) {
  const {t} = useTranslation();
  const field = useRef<HTMLTextAreaElement>(null);
  const {text, write, submit, editLast, fault} = useComposer(view, intent, onIntent);
  const mutedUntil = useMutedUntil(view);
  useGrowth(field, text);
  useEffect(() => {
    // Whoever has opened a menu or a dialog meanwhile stays in it.
    if (document.activeElement?.closest('[role=menu], [role=dialog]')) return;
    if (matchMedia('(pointer: fine)').matches || intent.kind !== 'new') field.current?.focus();
  }, [intent]);

  const send = () => {
    submit();
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (isComposing(event)) return;
    if (event.key === 'Escape' && intent.kind !== 'new') onIntent({kind: 'new'});
    if (event.key === 'ArrowUp' && text === '' && editLast()) event.preventDefault();
    if (event.key !== 'Enter' || event.shiftKey) return;
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
      <TypingLine roomId={view.id} />
      {fault !== undefined && <Alert>{fault}</Alert>}
      {mutedUntil !== undefined && <MutedNote until={mutedUntil} />}
      <IntentBar intent={intent} onCancel={() => onIntent({kind: 'new'})} />
      <div className={styles.box}>
        <ImageButton roomId={view.id} isDisabled={mutedUntil !== undefined} />
        <textarea
          ref={field}
          className={styles.field}
          rows={1}
          value={text}
          maxLength={limits.textChars}
          disabled={mutedUntil !== undefined}
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
function useGrowth(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = field.current!;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [field, text]);
}
