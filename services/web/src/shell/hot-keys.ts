import {useEffect} from 'react';
import {useLocation} from 'wouter';
import {client} from '../chat/client.ts';
import {isComposing} from '../ui/is-composing.ts';
import {pageOf, roomAddress} from './room-address.ts';

type Openers = {openJump: () => void; openShortcuts: () => void; openSearch: () => void};

/** Ctrl or Cmd+K finds a room or person, with Shift and F messages; Alt with up and down goes through the unread rooms, ? lists all keys. */
export function useHotKeys({openJump, openShortcuts, openSearch}: Openers): void {
  const [path, navigate] = useLocation();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (isComposing(event)) return;
      if (event.key === '?' && !isWriting(event.target)) {
        event.preventDefault();
        openShortcuts();
      }
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        openJump();
      }
      if ((event.ctrlKey || event.metaKey) && event.shiftKey && event.key.toLowerCase() === 'f') {
        event.preventDefault();
        openSearch();
      }
      if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
        const next = nextUnread(path, event.key === 'ArrowDown' ? 1 : -1);
        if (next === undefined) return;
        event.preventDefault();
        navigate(roomAddress(next));
      }
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [path, navigate, openJump, openShortcuts, openSearch]);
}

/** Whether a key is a letter of a text, or belongs to an open dialog. */
function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, textarea, select, [role=dialog], [role=menu]') !== null
  );
}

/** Returns the next room with unread messages, in the order of the list and around its end. */
function nextUnread(path: string, step: 1 | -1): string | undefined {
  const all = client.stores.rooms.snapshot();
  const here = all.findIndex(({id}) => pageOf(path) === roomAddress(id));
  const start = here < 0 ? (step > 0 ? -1 : 0) : here;
  for (let count = 1; count <= all.length; count += 1) {
    const room = all[(start + step * count + all.length * 2) % all.length];
    if (room !== undefined && room.unread > 0) return room.id;
  }
  return undefined;
}
