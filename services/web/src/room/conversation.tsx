import type {Message, RoomSnapshot} from '@madang/client/client';
import {useMessages} from '@madang/react';
import {lazy, Suspense, useCallback, useMemo, useRef, useState, type KeyboardEvent} from 'react';
import {useTranslation} from 'react-i18next';
import {useLocation, useSearchParams} from 'wouter';
import {useStore} from 'zustand';
import {may} from '../chat/may.ts';
import {isNewWhisper, pathOfWhisper} from '../chat/new-whisper.ts';
import {notices} from '../chat/notices.ts';
import {refused} from '../chat/refused.ts';
import {titleOf} from '../chat/room-title.ts';
import type {OpenRoom} from '../chat/rooms.ts';
import {session} from '../chat/session.ts';
import {uploads} from '../chat/uploads.ts';
import type {Question} from '../ui/confirm-dialog.tsx';
import {useErrorText} from '../i18n/use-error-text.ts';
import {isComposing} from '../ui/is-composing.ts';
import {layout} from '../ui/layout.ts';
import {usePageTitle} from '../shell/page-title.ts';
import {messageAddress, roomAddress, seqOf} from '../shell/room-address.ts';
import {Announcer} from './timeline/announcer.tsx';
import {Composer} from './composer/composer.tsx';
import {ConversationContext, type ConversationActions, type Intent} from './composer/intent.ts';
import {MessageList, type MessageListHandle} from './timeline/message-list.tsx';
import {LayoutContext} from './message/look.ts';
import {MessageMenu} from './message/message-menu.tsx';
import {useReacting} from './message/use-reacting.tsx';
import {useMutedUntil} from './composer/muted-note.tsx';
import {usePeople} from './person/use-people.tsx';
import {PeoplePanel} from './people/people-panel.tsx';
import {RoomHeader} from './header/room-header.tsx';
import {backFromSearch, closeSearch, openSearch, search} from './search/search.ts';
import type {Part} from './timeline/part.ts';
import {buildRows} from './timeline/rows.ts';
import {useHistory} from './timeline/use-history.ts';
import {markAllRead} from './timeline/use-read-mark.ts';
import {ReadOnlyNote} from './composer/read-only-note.tsx';
import {useDrop} from './composer/use-drop.ts';
import {usePeoplePanel} from './people/use-people-panel.ts';
import styles from './conversation.module.css';

const RequestBar = lazy(() => import('./request-bar.tsx'));
const PinsPanel = lazy(() => import('./pins/pins-panel.tsx'));
const SearchPanel = lazy(() => import('./search/search-panel.tsx'));
const ThreadPanel = lazy(() => import('./thread/thread-panel.tsx'));
const ConfirmDialog = lazy(() => import('../ui/confirm-dialog.tsx'));

/** A room that the user is in: header, messages, composer, and the people beside them. */
export function Conversation({view: known, seq}: {view: RoomSnapshot; seq?: number | undefined}) {
  const {id, room} = known;
  const said = useMessages(id);
  const view = useMemo<OpenRoom>(
    () => ({...known, ...said, pending: said.pending.filter(({threadOf}) => threadOf === undefined)}),
    [known, said],
  );
  const [, navigate] = useLocation();
  const [people, setPeople] = usePeoplePanel();
  const [pins, setPins] = useState(false);
  const hasSearch = useStore(search, ({isOpen}) => isOpen);
  const [query] = useSearchParams();
  const thread = seqOf(query.get('thread') ?? undefined);
  const beside = hasSearch ? 'search' : thread !== undefined ? 'thread' : pins ? 'pins' : undefined;
  const hasPanel = beside !== undefined || (people && may(id, 'members'));
  const [intent, setIntent] = useState<Intent>({kind: 'new'});
  const [menu, setMenu] = useState<{message: Message; anchor: Element; no: number}>();
  const [question, setQuestion] = useState<Question>();
  const {actions: reacting, popup, fault} = useReacting();
  const {actions: toPeople, popup: ofPeople} = usePeople(known);
  const list = useRef<MessageListHandle>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const opener = useRef<HTMLElement>(null);
  const {part, goal, failure, jumpTo, toNewest, onPlace} = useHistory(view, seq, () => list.current?.leave());
  const rows = useRows(view, part, thread);
  const lost = useFailureText(failure);
  const look = useStore(layout, (chosen) => chosen[room.kind === 'direct' ? 'whisper' : 'room']);
  const mutedUntil = useMutedUntil(view);
  // A muted user may write again soon, and keeps the field.
  const speaks = mutedUntil !== undefined || may(id, 'send');
  const {isOver, handlers} = useDrop(id, field, mutedUntil?.toISOString());
  usePageTitle(titleOf(room));
  // The thread is part of the address, so that Back closes it.
  const hereWith = useCallback(
    (parameters: string) => (seq === undefined ? roomAddress(id) : messageAddress(id, seq)) + parameters,
    [id, seq],
  );
  const closeThread = useCallback(() => {
    navigate(hereWith(''), {replace: true});
    if (opener.current?.isConnected === true) opener.current.focus();
  }, [navigate, hereWith]);
  const closePanels = () => {
    setPins(false);
    closeSearch();
    if (thread !== undefined) closeThread();
  };
  const actions = useMemo<ConversationActions>(
    () => ({
      reply: (message) => setIntent({kind: 'reply', message}),
      edit: (message) => setIntent({kind: 'edit', message}),
      jumpTo: (target) => {
        if (target === seq) jumpTo(target);
        else navigate(messageAddress(id, target) + location.search);
      },
      openThread: (rootSeq) => {
        const parameters = `?thread=${rootSeq}`;
        closeSearch();
        if (location.search === parameters) return;
        opener.current = document.activeElement?.closest('article') ?? null;
        navigate(hereWith(parameters));
      },
      openMenu: (message, anchor) => setMenu((before) => ({message, anchor, no: (before?.no ?? 0) + 1})),
      whisper: (partner) => navigate(pathOfWhisper(partner.id), {state: {partner}}),
      ask: setQuestion,
      field,
      ...toPeople,
      ...reacting,
    }),
    [navigate, hereWith, id, seq, jumpTo, reacting, toPeople],
  );

  // Escape first ends an answer or an edit, and closes what is open. A dialog is outside this element.
  const onKeyDown = (event: KeyboardEvent) => {
    const isFree = intent.kind === 'new' && !event.isDefaultPrevented() && !isComposing(event.nativeEvent);
    const isHere = event.currentTarget.contains(event.target as Node);
    if (event.key === 'Escape' && isFree && isHere && view.unread > 0) markAllRead(view);
  };

  return (
    <ConversationContext value={actions}>
      <div className={styles.conversation} data-people={hasPanel && !isNewWhisper(id)}>
        <div
          className={styles.column}
          data-layout={look}
          data-drop={isOver || undefined}
          onKeyDown={onKeyDown}
          {...handlers}
        >
          <RoomHeader
            view={view}
            isPeopleShown={people && beside === undefined}
            onPeople={() => {
              setPeople(beside !== undefined || !people);
              closePanels();
            }}
            onPins={() => {
              closePanels();
              setPins(true);
            }}
            isSearchShown={hasSearch}
            onSearch={() => (hasSearch ? closeSearch() : openSearch({scope: 'room'}))}
          />
          <LayoutContext value={look}>
            {part === undefined ? (
              <div />
            ) : (
              <MessageList
                key={id}
                ref={list}
                {...{view, rows, part, goal, onPlace, toNewest, lost, fault}}
              />
            )}
          </LayoutContext>
          <div>
            {known.prefs?.request === true && (
              <Suspense>
                <RequestBar view={known} />
              </Suspense>
            )}
            {speaks ? (
              <Composer view={view} intent={intent} onIntent={setIntent} field={field} />
            ) : (
              <ReadOnlyNote />
            )}
          </div>
        </div>
        {beside === 'search' && !isNewWhisper(id) && (
          <Suspense>
            <SearchPanel view={view} onClose={() => backFromSearch() || field.current?.focus()} />
          </Suspense>
        )}
        {beside === 'thread' && (
          <LayoutContext value={look}>
            <Suspense>
              <ThreadPanel key={thread} view={view} rootSeq={thread!} speaks={speaks} onClose={closeThread} />
            </Suspense>
          </LayoutContext>
        )}
        {beside === 'pins' && (
          <Suspense>
            <PinsPanel view={view} onClose={() => setPins(false)} />
          </Suspense>
        )}
        {beside === undefined && people && !isNewWhisper(id) && may(id, 'members') && (
          <PeoplePanel view={view} onClose={() => setPeople(false)} />
        )}
        {menu !== undefined && (
          <MessageMenu
            // Each opening mounts a new menu, because the last one may still be closing.
            key={menu.no}
            message={menu.message}
            anchor={menu.anchor}
            onClose={() => setMenu(undefined)}
          />
        )}
        {popup}
        {ofPeople}
        {question !== undefined && (
          <Suspense>
            <ConfirmDialog question={question} onClose={() => setQuestion(undefined)} />
          </Suspense>
        )}
        <Announcer view={view} />
      </div>
    </ConversationContext>
  );
}

/** Returns why the message that was aimed at is not shown. */
function useFailureText(failure: ReturnType<typeof useHistory>['failure']): string | undefined {
  const {t} = useTranslation();
  const errorText = useErrorText();
  if (failure === undefined) return undefined;
  return failure === 'lost' ? t('room.messageLost') : errorText(failure.error);
}

function useRows(view: OpenRoom, part: Part | undefined, thread: number | undefined) {
  const {id, unread, membership} = view;
  const me = useStore(session, ({user}) => user?.id ?? '');
  const ofRoom = useStore(notices, ({byRoom}) => byRoom.get(id));
  const list = useStore(refused, (store) => store.list);
  const sending = useStore(uploads, (store) => store.list);
  const readUpTo = useUnreadLine(unread > 0, membership.readSeq);
  return useMemo(() => {
    if (part?.page !== undefined || part === undefined)
      return buildRows({...noneOfOwn, ...(part ?? nothing), me});
    // What could not be sent to a thread waits there while it is open, else here.
    const isHere = ({roomId, threadOf}: {roomId: string; threadOf?: number | undefined}) =>
      roomId === id && (threadOf === undefined || threadOf !== thread);
    return buildRows({
      ...view,
      refused: list.filter(({entry}) => isHere(entry)),
      uploads: sending.filter(isHere),
      notices: ofRoom ?? [],
      readUpTo,
      me,
    });
  }, [view, part, list, sending, id, thread, ofRoom, readUpTo, me]);
}

const nothing = {messages: [], hasEarlier: false};
/** What is only beside the newest messages. */
const noneOfOwn = {pending: [], refused: [], uploads: [], notices: []};

/**
 * Returns the message before the line of the unread ones. The line stays where it was when the room was opened, until the
 * user leaves the room or marks messages as unread.
 */
function useUnreadLine(isUnread: boolean, readSeq: number): number | undefined {
  const [line, setLine] = useState(isUnread ? readSeq : undefined);
  const [known, setKnown] = useState(readSeq);
  if (readSeq !== known) setKnown(readSeq);
  if (readSeq < known) setLine(readSeq);
  return line;
}
