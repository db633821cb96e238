import {createStore} from 'zustand/vanilla';
import {client} from '../../chat/client.ts';

/** Where to look: in the room that is open, or in all rooms of the user. */
export type Scope = 'room' | 'all';

type Search = {
  isOpen: boolean;
  query: string;
  scope: Scope;
  /** The panel was asked for, and has not taken the focus yet. */
  takesFocus: boolean;
};

const closed: Search = {isOpen: false, query: '', scope: 'room', takesFocus: false};

/** The search panel. It stays open, and keeps its query, while the user goes from hit to hit and from room to room. */
export const search = createStore<Search>(() => closed);

let opener: Element | null = null;

export function openSearch(change: Partial<Pick<Search, 'query' | 'scope'>> = {}): void {
  if (!search.getState().isOpen) opener = document.activeElement;
  search.setState({...change, isOpen: true, takesFocus: true});
}

export function closeSearch(): void {
  search.setState({isOpen: false, takesFocus: false});
}

/** Closes the panel, and returns the focus to where it was before. Returns false if that place is gone. */
export function backFromSearch(): boolean {
  closeSearch();
  const before = opener;
  opener = null;
  if (!(before instanceof HTMLElement) || !before.isConnected || before === document.body) return false;
  before.focus();
  return document.activeElement === before;
}

let userId: string | undefined;
client.on('session', (user) => {
  if (user?.id !== userId) search.setState(closed);
  userId = user?.id;
});
