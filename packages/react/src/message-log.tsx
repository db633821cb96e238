import {useEffect, useRef, useState} from 'react';
import {useMessages, useStatus} from './hooks.ts';
import {MessageRow, PendingRow} from './message-row.tsx';
import {useMadang} from './provider.tsx';
import type {ChatLanguage, ChatTexts} from './texts.ts';
import {useReadMark} from './use-read-mark.ts';

type MessageLogProps = {roomId: string; title: string; words: ChatTexts; language: ChatLanguage};

/** The number of messages in the page at first, and of those added by each request for earlier ones. */
const pageSize = 100;
/** A reader whose view is this near to the end is reading the newest message. */
const nearPx = 48;

/** The messages, the newest at the bottom. The view stays at the end while its reader is there. */
export function MessageLog({roomId, title, words, language}: MessageLogProps) {
  const client = useMadang();
  const {user} = useStatus();
  const {messages, pending, hasEarlier} = useMessages(roomId);
  const [count, setCount] = useState(pageSize);
  const log = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const newest = messages.at(-1);
  const isEmpty = messages.length + pending.length === 0;

  // Loads the first page, also after the room's timeline was reset.
  useEffect(() => {
    if (isEmpty && hasEarlier) void client.loadEarlier(roomId, pageSize).catch(() => undefined);
  }, [client, roomId, isEmpty, hasEarlier]);
  useEffect(() => {
    if (isAtEnd.current && log.current) log.current.scrollTop = log.current.scrollHeight;
  }, [newest, pending]);
  useReadMark(roomId, newest?.seq, isAtEnd);

  const showEarlier = () => {
    setCount(count + pageSize);
    if (messages.length < count + pageSize) void client.loadEarlier(roomId, pageSize).catch(() => undefined);
  };
  return (
    <div
      ref={log}
      className="madang-chat-log"
      role="log"
      aria-label={words.log(title)}
      tabIndex={0}
      onScroll={({currentTarget: {scrollHeight, scrollTop, clientHeight}}) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < nearPx;
      }}
    >
      {(hasEarlier || messages.length > count) && (
        <button type="button" className="madang-chat-earlier" onClick={showEarlier}>
          {words.earlier}
        </button>
      )}
      {isEmpty && !hasEarlier && <p className="madang-chat-note">{words.empty}</p>}
      <ul className="madang-chat-messages">
        {messages.slice(-count).map((message) => (
          <MessageRow
            key={message.seq}
            message={message}
            isMine={message.sender.id === user?.id}
            words={words}
            language={language}
          />
        ))}
        {pending.map((entry) => (
          <PendingRow key={entry.clientId} entry={entry} words={words} />
        ))}
      </ul>
    </div>
  );
}
