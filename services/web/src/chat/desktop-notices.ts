import {basePath, client} from './client.ts';
import {titleOf} from './room-title.ts';
import {roomAddress} from '../shell/room-address.ts';

const key = 'madang.desktop-notices';
const maxChars = 120;

/** Whether this browser can show notices at all. Over plain http most cannot. */
export const canNotify = 'Notification' in globalThis && isSecureContext;

/** Whether they were turned on here, and are still allowed. */
export function areNoticesOn(): boolean {
  return canNotify && localStorage.getItem(key) === 'on' && Notification.permission === 'granted';
}

/** Turns them on or off. Returns the result, because the browser asks the person first. */
export async function switchNotices(isOn: boolean): Promise<boolean> {
  const isAllowed = isOn && canNotify && (await Notification.requestPermission()) === 'granted';
  localStorage.setItem(key, isAllowed ? 'on' : 'off');
  return isAllowed;
}

/** Shows a whisper that comes while the user looks elsewhere. A press on it leads there. */
client.on('message', ({roomId, sender, text}) => {
  const room = client.rooms.get(roomId)?.state.room;
  const isLooking = document.visibilityState === 'visible' && document.hasFocus();
  if (room?.kind !== 'direct' || sender.id === client.user?.id || isLooking || !areNoticesOn()) return;
  const notice = new Notification(titleOf(room), {
    body: text.slice(0, maxChars),
    dir: 'auto',
    tag: roomId,
    icon: `${basePath}/favicon.svg`,
  });
  notice.addEventListener('click', () => {
    focus();
    history.pushState(null, '', basePath + roomAddress(roomId));
    notice.close();
  });
});
