import type {Attachment, Message, OutboxEntry} from '@madang/client';
import {memo} from 'react';
import type {ChatLanguage, ChatTexts} from './texts.ts';
import {useFileUrl} from './use-file-url.ts';

type MessageRowProps = {message: Message; isMine: boolean; words: ChatTexts; language: ChatLanguage};

/** A message. It renders again only when it changed, because an unchanged message keeps its object. */
export const MessageRow = memo(function MessageRow({message, isMine, words, language}: MessageRowProps) {
  const {sender, kind, text, attachments, createdAt, editedAt, deletedAt} = message;
  const time = new Intl.DateTimeFormat(language, {hour: 'numeric', minute: '2-digit'});
  return (
    <li className="madang-chat-message" data-mine={isMine || undefined} data-kind={kind}>
      <p className="madang-chat-sender">
        <span dir="auto">{sender.name}</span>{' '}
        <time dateTime={createdAt}>{time.format(new Date(createdAt))}</time>
      </p>
      {deletedAt === undefined ? (
        <>
          {text !== '' && (
            <p className="madang-chat-text" dir="auto">
              {text}
            </p>
          )}
          {attachments.map((attachment) => (
            <Picture key={attachment.id} attachment={attachment} />
          ))}
          {editedAt !== undefined && <small>{words.edited}</small>}
        </>
      ) : (
        <p className="madang-chat-note">{words.deleted}</p>
      )}
    </li>
  );
});

/** One's own message that is not acknowledged yet. */
export function PendingRow({entry, words}: {entry: OutboxEntry; words: ChatTexts}) {
  return (
    <li className="madang-chat-message" data-mine data-pending>
      <p className="madang-chat-sender">{words.sending}</p>
      <p className="madang-chat-text" dir="auto">
        {entry.text}
      </p>
    </li>
  );
}

/** An image. Its space is reserved before it has loaded. */
function Picture({attachment: {id, name, width, height}}: {attachment: Attachment}) {
  const url = useFileUrl(id, {thumbnail: true});
  return (
    <img
      className="madang-chat-picture"
      src={url}
      alt={name}
      width={width}
      height={height}
      loading="lazy"
      decoding="async"
    />
  );
}
