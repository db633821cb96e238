import {CallError, type Message, type RoomSnapshot} from '@madang/client/client';
import {X} from 'lucide-react';
import {useEffect, useMemo, useRef, type KeyboardEvent} from 'react';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {client} from '../../chat/client.ts';
import {titleOf} from '../../chat/room-title.ts';
import {useErrorText} from '../../i18n/use-error-text.ts';
import {NotificationTime} from '../../notifications/notification-time.tsx';
import {Alert} from '../../ui/alert.tsx';
import {Button, IconButton} from '../../ui/button.tsx';
import {isComposing} from '../../ui/is-composing.ts';
import {ColoredName} from '../../ui/person.tsx';
import {TextField} from '../../ui/text-field.tsx';
import {MessageLink} from '../message/message-link.tsx';
import panel from '../people/people-panel.module.css';
import {find, findOlder, results} from './results.ts';
import {closeSearch, search, type Scope} from './search.ts';
import {snippetOf} from './snippet.ts';
import styles from './search-panel.module.css';

/** The search begins when the user rests so long, or presses Enter. */
const restMs = 500;
/** The server searches everything that may be searched; this is how it says so. */
const everything = 1970;
/** In a narrower window the panel covers the conversation. */
const narrow = '(max-width: 1179px)';
const scopes = ['room', 'all'] as const satisfies Scope[];

type SearchPanelProps = {view: RoomSnapshot; onClose: () => void};

/** Finds messages by their words, in this room or all rooms of the user. Each hit leads to its message. */
export default function SearchPanel({view, onClose}: SearchPanelProps) {
  const {t} = useTranslation();
  const {query, scope, takesFocus} = useStore(search);
  const sought = useStore(results, (found) => found.sought);
  const root = useRef<HTMLElement>(null);
  const roomId = scope === 'room' ? view.id : undefined;
  const wanted = query.trim();
  const isNew = wanted !== (sought?.query ?? '') || (wanted !== '' && roomId !== sought?.roomId);

  useEffect(() => {
    if (!takesFocus) return;
    // A menu or dialog that led here returns the focus as it closes.
    const timer = setTimeout(() => {
      search.setState({takesFocus: false});
      const field = root.current!.querySelector('input')!;
      field.focus();
      field.select();
    });
    return () => clearTimeout(timer);
  }, [takesFocus]);
  useEffect(() => {
    if (!isNew) return;
    const timer = setTimeout(() => void find({query: wanted, roomId}), restMs);
    return () => clearTimeout(timer);
  }, [isNew, wanted, roomId]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent)) return;
    if (event.key === 'Escape') return onClose();
    const next = nextOf(root.current!, event.target as HTMLElement, event.key);
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <aside ref={root} className={panel.panel} aria-label={t('search.title')} onKeyDown={onKeyDown}>
      <header className={panel.header}>
        <h2>{t('search.title')}</h2>
        <IconButton label={t('close')} onClick={onClose}>
          <X size={20} />
        </IconButton>
      </header>
      <div className={styles.body}>
        <form
          role="search"
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            void find({query: wanted, roomId});
          }}
        >
          <TextField
            label={t('search.field')}
            type="search"
            autoComplete="off"
            enterKeyHint="search"
            maxLength={200}
            value={query}
            onChange={(event) => search.setState({query: event.target.value})}
          />
          <div role="radiogroup" aria-label={t('search.where')} className={styles.scopes}>
            {scopes.map((each) => (
              <label key={each}>
                <input
                  type="radio"
                  name="scope"
                  checked={scope === each}
                  onChange={() => search.setState({scope: each})}
                />
                {t(`search.scopes.${each}`)}
              </label>
            ))}
          </div>
        </form>
        <div className={styles.found}>
          <State isWaiting={isNew && wanted !== ''} />
          <Hits />
        </div>
      </div>
    </aside>
  );
}

/** Says one thing: what to do, that it goes on, what went wrong, or how much was found. */
function State({isWaiting}: {isWaiting: boolean}) {
  const {t, i18n} = useTranslation();
  const errorText = useErrorText();
  const {sought, hits, next, searchedTo, isBusy, error} = useStore(results);
  if (error !== undefined && !isWaiting)
    return <Alert>{errorText(error, {invalid: 'searchTooShort', overloaded: 'searchBusy'})}</Alert>;
  const date = new Intl.DateTimeFormat(i18n.language, {dateStyle: 'medium'});
  const isPart = searchedTo !== undefined && new Date(searchedTo).getUTCFullYear() > everything;
  const text = () => {
    if (isWaiting || (isBusy && hits.length === 0)) return t('search.busy');
    if (sought === undefined || sought.query === '') return t('search.hint');
    if (hits.length > 0)
      return t(next === undefined ? 'search.found' : 'search.foundSome', {count: hits.length});
    if (isPart) return t('search.noneUntil', {date: date.format(new Date(searchedTo))});
    return t('search.none', {query: sought.query});
  };
  return (
    <p role="status" dir="auto" className={styles.note}>
      {text()}
    </p>
  );
}

function Hits() {
  const {t} = useTranslation();
  const {sought, hits, next, isBusy, error} = useStore(results);
  const isFailed = error instanceof CallError ? error.retryable : error !== undefined;
  const again = () =>
    void (sought !== undefined && hits.length === 0 && next === undefined ? find(sought) : findOlder());
  return (
    <>
      <ul>
        {hits.map((hit) => (
          <li key={`${hit.roomId} ${hit.seq}`}>
            <Hit hit={hit} query={sought?.query ?? ''} hasRoom={sought?.roomId === undefined} />
          </li>
        ))}
      </ul>
      {(next !== undefined || isFailed) && (
        <Button isBusy={isBusy} onClick={again}>
          {t(isFailed ? 'tryAgain' : 'search.older')}
        </Button>
      )}
    </>
  );
}

function Hit({hit, query, hasRoom}: {hit: Message; query: string; hasRoom: boolean}) {
  const {roomId, seq, sender, text, attachments, createdAt} = hit;
  const room = client.rooms.get(roomId)?.state.room;
  const pieces = useMemo(
    () => snippetOf(text || attachments.map(({name}) => name).join(', '), query),
    [text, attachments, query],
  );
  return (
    <MessageLink
      roomId={roomId}
      seq={seq}
      className={styles.hit}
      onChoose={() => void (matchMedia(narrow).matches && closeSearch())}
    >
      <span className={styles.about}>
        <span>
          <ColoredName color={sender.color}>{sender.name}</ColoredName>
        </span>{' '}
        <NotificationTime time={createdAt} />
      </span>
      {hasRoom && room !== undefined && (
        <span dir="auto" className={styles.room}>
          {titleOf(room)}
        </span>
      )}{' '}
      <span dir="auto" className={styles.text}>
        {pieces.map((piece, index) =>
          // The pieces of a text never change places.
          // oxlint-disable-next-line react/no-array-index-key
          piece.isHit ? <mark key={index}>{piece.text}</mark> : piece.text,
        )}
      </span>
    </MessageLink>
  );
}

/** Returns where a key leads from the field, from a hit or from the button below the hits. */
function nextOf(root: HTMLElement, from: HTMLElement, key: string): HTMLElement | undefined {
  const found = [...root.querySelectorAll<HTMLElement>('li a, ul + button')];
  const stops = [root.querySelector<HTMLElement>('input')!, ...found];
  const at = stops.indexOf(from);
  if (at < 0) return undefined;
  const targets: Record<string, HTMLElement | undefined> = {
    ArrowDown: stops[at + 1],
    ArrowUp: stops[at - 1],
    ...(at > 0 && {Home: found[0], End: found.at(-1)}),
  };
  return targets[key];
}
