import {useEffect, useSyncExternalStore} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../chat/client.ts';
import {isolate} from '../i18n/isolate.ts';

const {subscribe, snapshot} = client.stores.rooms;
// Requests wait without a notice.
const countUnread = () =>
  snapshot().reduce((sum, {unread, prefs}) => sum + (prefs?.request === true ? 0 : unread), 0);

/** Names the tab after the page, with the number of unread messages in front. */
export function usePageTitle(page: string | undefined): void {
  const {t} = useTranslation();
  const unread = useSyncExternalStore(subscribe, countUnread);
  useEffect(() => {
    const count = unread === 0 ? '' : `(${unread > 99 ? '99+' : unread}) `;
    const name = page === undefined ? '' : `${isolate(page)} · `;
    document.title = `${count}${name}${t('product')}`;
  }, [page, unread, t]);
}
