import {useId, useMemo} from 'react';
import {Composer} from './composer.tsx';
import {useRoom, useStatus} from './hooks.ts';
import {MessageLog} from './message-log.tsx';
import {texts, type ChatLanguage, type ChatTexts} from './texts.ts';
import {TypingLine} from './typing-line.tsx';

export type MadangChatProps = {
  roomId: string;
  /** The language of the interface texts. The default is English. */
  language?: ChatLanguage;
  /** Your own texts, which replace some of the interface texts. */
  texts?: Partial<ChatTexts>;
  /** The heading, instead of the room's title. */
  title?: string;
  className?: string;
};

/** A conversation with its messages and a field to write in. Its styles are in `@madang/react/chat.css`. */
export function MadangChat({roomId, language = 'en', texts: own, title, className = ''}: MadangChatProps) {
  const titleId = useId();
  const {isReady, status, ended, user} = useStatus();
  const room = useRoom(roomId);
  const words = useMemo(() => ({...texts[language], ...own}), [language, own]);
  const partner = room?.room.users?.find(({id}) => id !== user?.id);
  const shown = title ?? (room?.room.title || (partner?.displayName ?? partner?.name ?? words.direct));
  const isAway = status !== 'online' && ended === undefined;
  return (
    <section className={`madang-chat ${className}`.trim()} aria-labelledby={titleId} lang={language}>
      <header className="madang-chat-header">
        <h2 id={titleId} className="madang-chat-title" dir="auto">
          {room === undefined && title === undefined ? '' : shown}
        </h2>
        <p role="status" className="madang-chat-status">
          {ended !== undefined && words.ended}
          {isAway && words.connecting}
          {isReady && room === undefined && status === 'online' && words.notIn}
        </p>
      </header>
      {room !== undefined && (
        <>
          <MessageLog key={roomId} roomId={roomId} title={shown} words={words} language={language} />
          <TypingLine roomId={roomId} words={words} language={language} />
          <Composer key={`field ${roomId}`} roomId={roomId} words={words} />
        </>
      )}
    </section>
  );
}
