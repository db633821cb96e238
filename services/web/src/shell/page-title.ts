import {useEffect} from 'react';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {isolate} from '../i18n/isolate.ts';
import {rooms} from '../chat/rooms.ts';

/** Names the tab after the page, with what is unread in front. */
export function usePageTitle(page: string | undefined): void {
  const {t} = useTranslation();
  const unread = useStore(rooms, ({byId}) =>
    [...byId.values()].reduce((sum, {state}) => sum + state.unread, 0),
  );
  useEffect(() => {
    const count = unread === 0 ? '' : `(${unread > 99 ? '99+' : unread}) `;
    const name = page === undefined ? '' : `${isolate(page)} · `;
    document.title = `${count}${name}${t('product')}`;
  }, [page, unread, t]);
}
