import type {Message} from '@madang/client/client';
import {createContext, Fragment, use, useMemo, type ReactNode} from 'react';
import {client} from '../../chat/client.ts';
import {mentionPattern} from './mention-pattern.ts';
import styles from './rich-text.module.css';

/** The names that stand after an `@` in a text, and which of them mean the reader. */
type Mentions = {pattern: RegExp; mine: ReadonlySet<string>};

const MentionsContext = createContext<Mentions | undefined>(undefined);

type Mentioning = Pick<Message, 'mentions' | 'notify' | 'sender'>;

/** Marks the mentions in the texts within it. */
export function MentionsIn({message, children}: {message: Mentioning; children: ReactNode}) {
  const {mentions, notify, sender} = message;
  const value = useMemo(() => readMentions({mentions, notify, sender}), [mentions, notify, sender]);
  return <MentionsContext value={value}>{children}</MentionsContext>;
}

function readMentions({mentions = [], notify, sender}: Mentioning): Mentions | undefined {
  const me = client.user?.id;
  const names = [...mentions.map(({name}) => name), ...(notify === undefined ? [] : [notify])];
  if (names.length === 0) return undefined;
  const mine = mentions.filter(({id}) => id === me).map(({name}) => name);
  if (notify !== undefined && sender.id !== me) mine.push(notify);
  return {pattern: mentionPattern(names), mine: new Set(mine)};
}

/** A text with its mentions. */
export function Mentioned({text}: {text: string}): ReactNode {
  const mentions = use(MentionsContext);
  if (mentions === undefined || !text.includes('@')) return text;
  return text.split(mentions.pattern).map((part, index) => (
    // The parts of a text never change places.
    // oxlint-disable-next-line react/no-array-index-key
    <Fragment key={index}>
      {index % 2 === 0 ? (
        part
      ) : (
        <mark className={styles.mention} data-me={mentions.mine.has(part) || undefined}>
          @<bdi>{part}</bdi>
        </mark>
      )}
    </Fragment>
  ));
}
