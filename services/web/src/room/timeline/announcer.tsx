import type {RoomSnapshot} from '@madang/client/client';
import {useEffect, useRef, useState} from 'react';
import {isFolded} from '../../chat/blocked.ts';
import {client} from '../../chat/client.ts';

/** New messages are announced together, so that a lively room does not interrupt itself. */
const bundleMs = 1_000;
const maxMessages = 5;

/** Announces others' new messages in this room to screen readers. */
export function Announcer({view}: {view: RoomSnapshot}) {
  const [text, setText] = useState('');
  const waiting = useRef<string[]>([]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const off = client.on('message', (message) => {
      const {roomId, sender, text: said} = message;
      if (roomId !== view.id || sender.id === client.user?.id || isFolded(message)) return;
      waiting.current.push(`${sender.name}: ${said}`);
      timer ??= setTimeout(() => {
        timer = undefined;
        setText(waiting.current.splice(0).slice(-maxMessages).join('\n'));
      }, bundleMs);
    });
    return () => {
      off();
      clearTimeout(timer);
    };
  }, [view.id]);
  return (
    <div className="visually-hidden" aria-live="polite">
      {text}
    </div>
  );
}
