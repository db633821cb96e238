import {client} from '../chat/client.ts';

/** Every part that the first page does not need. */
const parts = [
  () => import('../room/room-page.tsx'),
  () => import('../ui/menu-popup.tsx'),
  () => import('../ui/confirm-dialog.tsx'),
  () => import('../lobby/lobby-page.tsx'),
  () => import('../lobby/create-room-dialog.tsx'),
  () => import('../notifications/notification-list.tsx'),
  () => import('../notifications/toasts.tsx'),
  () => import('../threads/threads-page.tsx'),
  () => import('../status/status-dialog.tsx'),
  () => import('../profile/profile-page.tsx'),
  () => import('../room/people/add-people-dialog.tsx'),
  () => import('../room/new-whisper-page.tsx'),
  () => import('../room/password-dialog.tsx'),
  () => import('../room/message/picture-dialog.tsx'),
  () => import('../room/message/reactors-dialog.tsx'),
  () => import('../room/message/highlight.ts'),
  () => import('../room/emoji/emoji-picker.tsx'),
  () => import('../room/emoji/english.ts'),
  () => import('../room/emoji/korean.ts'),
  () => import('../room/person/person-card.tsx'),
  () => import('../room/person/report-dialog.tsx'),
  () => import('../room/request-bar.tsx'),
  () => import('../room/header/invites-dialog.tsx'),
  () => import('../lobby/invite-page.tsx'),
  () => import('../room/pins/pins-panel.tsx'),
  () => import('../room/search/search-panel.tsx'),
  () => import('../room/thread/thread-panel.tsx'),
  () => import('../room/header/settings-dialog.tsx'),
  () => import('../room/header/section-dialog.tsx'),
  () => import('./jump-dialog.tsx'),
  () => import('./shortcuts-dialog.tsx'),
];
/** The page that the user came for is loaded first. */
const afterMs = 3_000;

// Parts are fetched one after the other, so that nothing else has to wait. A part that was fetched also opens offline, and
// after a newer version has removed its script. A failed fetch is repeated with the next connection.
client.on('status', (status) => {
  if (status === 'online') setTimeout(() => void fetchAll().catch(() => undefined), afterMs);
});

async function fetchAll(): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop
  for (const fetchPart of parts) await fetchPart();
}
