import type {Message} from '@madang/client/client';
import {useThread} from '@madang/react';
import {Bell, BellOff, X} from 'lucide-react';
import {useEffect, useMemo, useRef, useState, type KeyboardEvent} from 'react';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {followThread, readOlderThreads, threadOf, threads} from '../../chat/threads.ts';
import type {OpenRoom} from '../../chat/rooms.ts';
import {IconButton} from '../../ui/button.tsx';
import {isComposing} from '../../ui/is-composing.ts';
import {useAction} from '../../ui/use-action.ts';
import {Composer} from '../composer/composer.tsx';
import {
  ConversationContext,
  useConversation,
  type ConversationActions,
  type Intent,
} from '../composer/intent.ts';
import {ReadOnlyNote} from '../composer/read-only-note.tsx';
import {LayoutContext, useLayoutHere} from '../message/look.ts';
import {MessageMenu} from '../message/message-menu.tsx';
import panel from '../people/people-panel.module.css';
import {ThreadList} from './thread-list.tsx';
import styles from './thread-panel.module.css';

type ThreadPanelProps = {view: OpenRoom; rootSeq: number; speaks: boolean; onClose: () => void};

/** The thread of a message beside its room: the message, the replies, and a field to reply in. */
export default function ThreadPanel({view, rootSeq, speaks, onClose}: ThreadPanelProps) {
  const {t} = useTranslation();
  const {id} = view;
  const outer = useConversation();
  const look = useLayoutHere();
  const thread = useThread(id, rootSeq);
  const [intent, setIntent] = useState<Intent>({kind: 'new'});
  const [menu, setMenu] = useState<{message: Message; anchor: Element; no: number}>();
  const field = useRef<HTMLTextAreaElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const isGone = thread.isLoaded && thread.root === undefined;

  const actions = useMemo<ConversationActions>(
    () => ({
      ...outer,
      reply: (message) => setIntent({kind: 'reply', message}),
      edit: (message) => setIntent({kind: 'edit', message}),
      jumpTo: (seq) => {
        const row = list.current?.querySelector(`[data-seq="${seq}"]`);
        if (row != null) return row.scrollIntoView({block: 'center'});
        // In a narrow window the panel covers the room.
        if (!matchMedia('(min-width: 1180px)').matches) onClose();
        outer.jumpTo(seq);
      },
      openMenu: (message, anchor) => setMenu((before) => ({message, anchor, no: (before?.no ?? 0) + 1})),
      field,
      thread: rootSeq,
    }),
    [outer, onClose, rootSeq],
  );

  // Escape first ends an answer or an edit, and closes what is open. A menu or dialog is outside this element.
  const onKeyDown = (event: KeyboardEvent) => {
    const isFree = intent.kind === 'new' && !event.isDefaultPrevented() && !isComposing(event.nativeEvent);
    const isHere = event.currentTarget.contains(event.target as Node);
    if (event.key === 'Escape' && isFree && isHere) onClose();
  };

  return (
    <ConversationContext value={actions}>
      <aside className={styles.panel} data-wide aria-label={t('thread.title')} onKeyDown={onKeyDown}>
        <header className={panel.header}>
          <h2>{t('thread.title')}</h2>
          <span className={styles.buttons}>
            {!isGone && <FollowButton roomId={id} rootSeq={rootSeq} />}
            <IconButton label={t('close')} onClick={onClose}>
              <X size={20} />
            </IconButton>
          </span>
        </header>
        <LayoutContext value={look === 'rows' ? 'comfortable' : look}>
          {isGone ? (
            <p className={styles.none}>{t('thread.gone')}</p>
          ) : (
            <ThreadList view={view} rootSeq={rootSeq} thread={thread} ref={list} />
          )}
        </LayoutContext>
        {isGone ? null : speaks ? (
          <Composer
            view={view}
            thread={{threadOf: rootSeq, replies: thread.replies}}
            intent={intent}
            onIntent={setIntent}
            field={field}
          />
        ) : (
          <ReadOnlyNote />
        )}
        {menu !== undefined && (
          <MessageMenu
            key={menu.no}
            message={menu.message}
            anchor={menu.anchor}
            onClose={() => setMenu(undefined)}
          />
        )}
      </aside>
    </ConversationContext>
  );
}

function FollowButton({roomId, rootSeq}: {roomId: string; rootSeq: number}) {
  const {t} = useTranslation();
  const {list, next} = useStore(threads);
  const isFollowed = useStore(threads, () => threadOf(roomId, rootSeq) !== undefined);
  const {run, isBusy} = useAction(() => followThread(roomId, rootSeq, !isFollowed));
  // Only the whole list tells that a thread is not followed.
  const isUnknown = list === undefined || (!isFollowed && next !== undefined);
  useEffect(() => {
    if (isUnknown) void readOlderThreads().catch(() => undefined);
  }, [isUnknown, next]);
  if (isUnknown) return null;
  return (
    <IconButton
      label={t(isFollowed ? 'thread.unfollow' : 'thread.follow')}
      aria-disabled={isBusy}
      onClick={() => void run()}
    >
      {isFollowed ? <Bell size={18} /> : <BellOff size={18} />}
    </IconButton>
  );
}
