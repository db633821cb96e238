import {useEffect, useId, useRef, useState, type KeyboardEvent} from 'react';
import {useRoom} from './hooks.ts';
import {useMadang} from './provider.tsx';
import type {ChatTexts} from './texts.ts';

/** A typing report expires after some seconds, so it is sent again this often. */
const typingAgainMs = 3_000;
/** setTimeout takes no more. */
const longestMs = 2 ** 31 - 1;

/** A field to write a message in. Enter sends; Shift with Enter begins a new line. */
export function Composer({roomId, words}: {roomId: string; words: ChatTexts}) {
  const client = useMadang();
  const fieldId = useId();
  const [text, setText] = useState('');
  const [failure, setFailure] = useState('');
  const typist = useTypist(roomId);
  useMuteEnd(useRoom(roomId)?.membership.mutedUntil);
  const maySend = client.may(roomId, 'send');

  const send = () => {
    if (text.trim() === '' || !maySend) return;
    setText('');
    setFailure('');
    typist.stop();
    client.send(roomId, text).catch((error: {code?: string}) => {
      setFailure(error.code === 'rate_limited' ? words.tooFast : words.failed);
      setText((now) => (now === '' ? text : now));
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // The Enter that ends a composition, as in Hangul, sends nothing. Safari ends the composition before the key event,
    // which then has this code.
    const isComposing = event.nativeEvent.isComposing || event.keyCode === 229;
    if (event.key !== 'Enter' || event.shiftKey || isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      className="madang-chat-composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {failure !== '' && <p role="alert">{failure}</p>}
      {!maySend && <p className="madang-chat-note">{words.mayNotSend}</p>}
      <label htmlFor={fieldId} className="madang-chat-hidden">
        {words.field}
      </label>
      <textarea
        id={fieldId}
        className="madang-chat-field"
        rows={1}
        dir="auto"
        placeholder={words.field}
        value={text}
        readOnly={!maySend}
        onChange={({target}) => {
          setText(target.value);
          if (target.value !== '') typist.write();
        }}
        onKeyDown={onKeyDown}
      />
      <button type="submit" className="madang-chat-send" disabled={!maySend}>
        {words.send}
      </button>
    </form>
  );
}

/** Renders again once a mute has expired, because no event reports that. */
function useMuteEnd(mutedUntil: string | undefined): void {
  const [, setOver] = useState<string>();
  useEffect(() => {
    const leftMs = mutedUntil === undefined ? 0 : Date.parse(mutedUntil) - Date.now();
    if (leftMs <= 0) return;
    const timer = setTimeout(() => setOver(mutedUntil), Math.min(leftMs, longestMs));
    return () => clearTimeout(timer);
  }, [mutedUntil]);
}

/** Reports typing to a room, only as often as needed to keep the report valid. */
function useTypist(roomId: string): {write: () => void; stop: () => void} {
  const client = useMadang();
  const toldAt = useRef<number>(undefined);
  const tell = (typing: boolean) => void client.call('typing:set', {roomId, typing}).catch(() => undefined);
  const stop = () => {
    if (toldAt.current !== undefined) tell(false);
    toldAt.current = undefined;
  };
  const leave = useRef(stop);
  useEffect(() => {
    leave.current = stop;
  });
  useEffect(() => () => leave.current(), []);
  return {
    write() {
      if (toldAt.current !== undefined && performance.now() - toldAt.current < typingAgainMs) return;
      toldAt.current = performance.now();
      tell(true);
    },
    stop,
  };
}
