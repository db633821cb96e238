import {SendHorizontal, Type} from 'lucide-react';
import {
  useEffect,
  useId,
  useLayoutEffect,
  useState,
  type ClipboardEvent,
  type KeyboardEvent,
  type RefObject,
} from 'react';
import {useTranslation} from 'react-i18next';
import {may} from '../../chat/may.ts';
import {titleOf} from '../../chat/room-title.ts';
import type {OpenRoom} from '../../chat/rooms.ts';
import {Alert} from '../../ui/alert.tsx';
import {IconButton} from '../../ui/button.tsx';
import {isComposing} from '../../ui/is-composing.ts';
import {EmojiButton} from '../emoji/emoji-button.tsx';
import {CompletionList, optionId} from './completion-list.tsx';
import {format, FormatBar, formatOfKey} from './format-bar.tsx';
import {nameAddress} from './format-text.ts';
import {ImageButton} from './image-button.tsx';
import type {Intent} from './intent.ts';
import {IntentBar} from './intent-bar.tsx';
import {LengthNote} from './length-note.tsx';
import {replace} from './replace.ts';
import {useCompletion, type Completion} from './use-completion.ts';
import {MutedNote, useMutedUntil} from './muted-note.tsx';
import {SlowNote, useSlowSeconds} from './slow-note.tsx';
import {TypingLine} from './typing-line.tsx';
import {useComposer, type ThreadTarget} from './use-composer.ts';
import styles from './composer.module.css';

type ComposerProps = {
  view: OpenRoom;
  /** The thread that is written to, if it is one. */
  thread?: ThreadTarget;
  intent: Intent;
  onIntent: (intent: Intent) => void;
  field: RefObject<HTMLTextAreaElement | null>;
};

/** The field to write in. Unsent text is kept as a draft. */
export function Composer({view, thread, intent, onIntent, field}: ComposerProps) {
  const {t} = useTranslation();
  const {text, write, submit, editLast, fault, length} = useComposer(view, thread, intent, onIntent);
  const mutedUntil = useMutedUntil(view);
  const slowSeconds = useSlowSeconds(view);
  const isWaiting = slowSeconds > 0 && intent.kind !== 'edit';
  const completion = useCompletion(view, field);
  const [hasFormats, setFormats] = useState(false);
  const listId = useId();
  const isListed = completion.options.length > 0;
  useGrowth(field, text);
  useEffect(() => {
    // If a menu or dialog was opened in the meantime, the focus stays there.
    if (document.activeElement?.closest('[role=menu], [role=dialog]')) return;
    if (matchMedia('(pointer: fine)').matches || intent.kind !== 'new') field.current?.focus();
  }, [intent, field]);

  // Until the user may write again, the text stays in the field.
  const send = () => {
    if (!isWaiting) submit();
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (isComposing(event.nativeEvent)) return;
    const how = formatOfKey(event.nativeEvent);
    if (how !== undefined) {
      event.preventDefault();
      return format(event.currentTarget, how);
    }
    if (isListed && goThrough(completion, event.key)) return event.preventDefault();
    if (event.key === 'Escape' && intent.kind !== 'new') onIntent({kind: 'new'});
    if (event.key === 'ArrowUp' && text === '' && editLast()) event.preventDefault();
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    send();
  };

  const onPaste = (event: ClipboardEvent<HTMLTextAreaElement>) => {
    const {value, selectionStart, selectionEnd} = event.currentTarget;
    const selected = {text: value, from: selectionStart, to: selectionEnd};
    const change = nameAddress(selected, event.clipboardData.getData('text/plain'));
    if (change === undefined) return;
    event.preventDefault();
    replace(event.currentTarget, change);
  };

  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {thread === undefined && <TypingLine roomId={view.id} />}
      {fault !== undefined && <Alert>{fault}</Alert>}
      {mutedUntil !== undefined && <MutedNote until={mutedUntil} />}
      {isWaiting && mutedUntil === undefined && <SlowNote seconds={slowSeconds} />}
      <IntentBar intent={intent} onCancel={() => onIntent({kind: 'new'})} />
      <LengthNote
        {...length}
        sendParts={() => {
          length.sendParts();
          field.current?.focus();
        }}
      />
      {hasFormats && mutedUntil === undefined && <FormatBar field={field} />}
      <div className={styles.box}>
        <CompletionList id={listId} completion={completion} />
        {(mutedUntil !== undefined || may(view.id, 'attach')) && (
          <ImageButton roomId={view.id} threadOf={thread?.threadOf} isDisabled={mutedUntil !== undefined} />
        )}
        <textarea
          ref={field}
          className={styles.field}
          rows={1}
          value={text}
          disabled={mutedUntil !== undefined}
          aria-label={t(thread === undefined ? 'room.message' : 'thread.reply')}
          dir="auto"
          placeholder={
            thread === undefined ? t('room.placeholder', {title: titleOf(view.room)}) : t('thread.reply')
          }
          enterKeyHint="send"
          autoComplete="off"
          aria-autocomplete="list"
          aria-controls={isListed ? listId : undefined}
          aria-activedescendant={isListed ? optionId(listId, completion.chosen) : undefined}
          onChange={(event) => {
            write(event.target.value);
            completion.onCaret();
          }}
          onSelect={completion.onCaret}
          onBlur={completion.close}
          onPaste={onPaste}
          onKeyDown={onKeyDown}
        />
        <IconButton
          className={styles.formatting}
          label={t('format.show')}
          aria-pressed={hasFormats}
          disabled={mutedUntil !== undefined}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => setFormats(!hasFormats)}
        >
          <Type size={18} />
        </IconButton>
        <EmojiButton
          isDisabled={mutedUntil !== undefined}
          onPick={(emoji) => {
            const {selectionStart: from, selectionEnd: to} = field.current!;
            replace(field.current!, {from, to, text: emoji});
          }}
        />
        <IconButton
          type="submit"
          className={styles.send}
          label={t('room.send')}
          disabled={text.trim() === '' || isWaiting}
          // A press must not take the focus. Otherwise a phone's keyboard would close and open.
          onPointerDown={(event) => event.preventDefault()}
        >
          <SendHorizontal size={20} />
        </IconButton>
      </div>
    </form>
  );
}

/** Handles a key while the list is open. Returns whether it has a meaning there. */
function goThrough({options, chosen, choose, pick, close}: Completion, key: string): boolean {
  const count = options.length;
  const acts: Record<string, () => void> = {
    ArrowDown: () => choose((chosen + 1) % count),
    ArrowUp: () => choose((chosen + count - 1) % count),
    Enter: () => pick(chosen),
    Tab: () => pick(chosen),
    Escape: close,
  };
  acts[key]?.();
  return Object.hasOwn(acts, key);
}

/** Makes the field as high as its text, up to the limit in the style sheet. */
function useGrowth(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = field.current!;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [field, text]);
}
