import {useState, type ClipboardEvent, type DragEvent} from 'react';
import {sendImages} from '../chat/uploads.ts';

/** Takes images that are dropped on or pasted into what gets these handlers. */
export function useDrop(roomId: string) {
  const [isOver, setOver] = useState(false);
  const imagesIn = (data: DataTransfer | null) =>
    [...(data?.files ?? [])].filter(({type}) => type.startsWith('image/'));
  return {
    isOver,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: ({currentTarget, relatedTarget}: DragEvent) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) setOver(false);
      },
      onDrop: (event: DragEvent) => {
        if (event.dataTransfer.files.length === 0) return;
        // Else the browser would open the file in place of the page.
        event.preventDefault();
        setOver(false);
        sendImages(roomId, imagesIn(event.dataTransfer));
      },
      onPaste: (event: ClipboardEvent) => {
        const images = imagesIn(event.clipboardData);
        if (images.length === 0) return;
        event.preventDefault();
        sendImages(roomId, images);
      },
    },
  };
}
