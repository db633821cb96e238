import {SendHorizontal} from 'lucide-react';
import {useEffect, useLayoutEffect, type KeyboardEvent, type RefObject} from 'react';
import {useTranslation} from 'react-i18next';
import {may} from '../../chat/may.ts';
import {titleOf} from '../../chat/room-title.ts';
import type {OpenRoom} from '../../chat/rooms.ts';
import {Alert} from '../../ui/alert.tsx';
import {IconButton} from '../../ui/button.tsx';
import {isComposing} from '../../ui/is-composing.ts';
import {ImageButton} from './image-button.tsx';
import type {Intent} from './intent.ts';
import {IntentBar} from './intent-bar.tsx';
import {LengthNote} from './length-note.tsx';
import {MutedNote, useMutedUntil} from './muted-note.tsx';
import {TypingLine} from './typing-line.tsx';
import {useComposer} from './use-composer.ts';
import styles from './composer.module.css';

type ComposerProps = {
  view: OpenRoom;
  intent: Intent;
  onIntent: (intent: Intent) => void;
  field: RefObject<HTMLTextAreaElement | null>;
};

/** The field to write in. Unsent text is kept as a draft. */
export function Composer({view, intent, onIntent, field}: ComposerProps) {
  const {t} = useTranslation();
  const {text, write, submit, editLast, fault, length} = useComposer(view, intent, onIntent);
  const mutedUntil = useMutedUntil(view);
  useGrowth(field, text);
  useEffect(() => {
    // If a menu or dialog was opened in the meantime, the focus stays there.
    if (document.activeElement?.closest('[role=menu], [role=dialog]')) return;
    if (matchMedia('(pointer: fine)').matches || intent.kind !== 'new') field.current?.focus();
  }, [intent, field]);

  const send = () => {
    submit();
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (isComposing(event.nativeEvent)) return;
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
      <LengthNote
        {...length}
        sendParts={() => {
          length.sendParts();
          field.current?.focus();
        }}
      />
      <div className={styles.box}>
        {(mutedUntil !== undefined || may(view.id, 'attach')) && (
          <ImageButton roomId={view.id} isDisabled={mutedUntil !== undefined} />
        )}
        <textarea
          ref={field}
          className={styles.field}
          rows={1}
          value={text}
          disabled={mutedUntil !== undefined}
          aria-label={t('room.message')}
          dir="auto"
          placeholder={t('room.placeholder', {title: titleOf(view.room)})}
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
          // A press must not take the focus. Otherwise a phone's keyboard would close and open.
          onPointerDown={(event) => event.preventDefault()}
        >
          <SendHorizontal size={20} />
        </IconButton>
      </div>
    </form>
  );
}

/** Makes the field as high as its text, up to the limit in the style sheet. */
function useGrowth(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = field.current!;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [field, text]);
}
