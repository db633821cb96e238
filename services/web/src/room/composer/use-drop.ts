import {useState, type ClipboardEvent, type DragEvent, type RefObject} from 'react';
import {may} from '../../chat/may.ts';
import {sendFiles} from '../../chat/uploads.ts';

/** Accepts files that are dropped on or pasted into the element with these handlers. Dropped text goes into the field. */
export function useDrop(
  roomId: string,
  field: RefObject<HTMLTextAreaElement | null>,
  mutedUntil: string | undefined,
) {
  const [isOver, setOver] = useState(false);
  // A muted user sees the reason.
  const takesFiles = () => mutedUntil !== undefined || may(roomId, 'attach');
  const send = (files: readonly File[]) => takesFiles() && sendFiles({roomId}, files, mutedUntil);
  return {
    isOver,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (isOwnDrop(event)) return;
        event.preventDefault();
        setOver(event.dataTransfer.types.includes('Files') && takesFiles());
      },
      onDragLeave: ({currentTarget, relatedTarget}: DragEvent) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) setOver(false);
      },
      onDrop: (event: DragEvent) => {
        setOver(false);
        if (isOwnDrop(event)) return;
        const {files} = event.dataTransfer;
        const text = event.dataTransfer.getData('text/plain');
        if (files.length === 0 && (text === '' || field.current?.disabled !== false)) return;
        // Otherwise the browser would open the file instead of the page.
        event.preventDefault();
        if (files.length > 0) return void send([...files]);
        field.current!.focus();
        // Unlike a new value, this can be undone.
        document.execCommand('insertText', false, text);
      },
      onPaste: (event: ClipboardEvent) => {
        const files = [...event.clipboardData.files];
        // A copied table is on the clipboard as text and as a picture; the field takes the text.
        if (files.length === 0 || event.clipboardData.getData('text/plain') !== '') return;
        event.preventDefault();
        send(files);
      },
    },
  };
}

/** If text is dropped on a field, the browser inserts it where it was dropped. */
function isOwnDrop({target, dataTransfer}: DragEvent): boolean {
  const isField = target instanceof Element && target.closest('input, textarea:not(:disabled)') !== null;
  return isField && !dataTransfer.types.includes('Files');
}
