import {useTyping} from './hooks.ts';
import type {ChatLanguage, ChatTexts} from './texts.ts';

const maxNames = 3;

/** The users who are typing. The line is always present, so that the layout does not move. */
export function TypingLine({
  roomId,
  words,
  language,
}: {
  roomId: string;
  words: ChatTexts;
  language: ChatLanguage;
}) {
  const users = useTyping(roomId);
  const names = users.slice(0, maxNames).map(({displayName, name}) => displayName ?? name);
  const list = new Intl.ListFormat(language, {type: 'conjunction'}).format(names);
  return (
    <p className="madang-chat-typing" aria-live="off" dir="auto">
      {users.length > 0 && words.typing(list)}
    </p>
  );
}
