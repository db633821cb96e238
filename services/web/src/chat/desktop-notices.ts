import type {Message, RoomState} from '@madang/client/client';
import {isQuiet} from './availability.ts';
import {isFolded} from './blocked.ts';
import {basePath, client} from './client.ts';
import {titleOf} from './room-title.ts';
import {isMentioned} from './mentioned.ts';
import {messageAddress, roomAddress} from '../shell/room-address.ts';

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

/** Whether a message makes a notice, by the level of its room: each one, those that mention the user, or none. */
function isNotable(message: Message, {room, prefs}: RoomState): boolean {
  if (prefs?.request === true || isFolded(message)) return false;
  const level = prefs?.level ?? (room.kind === 'direct' ? 'all' : 'mentions');
  return level === 'all' || (level === 'mentions' && isMentioned(message));
}

/** Shows a message that comes while the user looks elsewhere. A press on it leads there. */
client.on('message', (message) => {
  const {roomId, seq, sender, text} = message;
  const state = client.rooms.get(roomId)?.state;
  const isLooking = document.visibilityState === 'visible' && document.hasFocus();
  if (state === undefined || sender.id === client.user?.id || isLooking || !areNoticesOn()) return;
  if (isQuiet()) return;
  if (!isNotable(message, state)) return;
  const {room} = state;
  const notice = new Notification(titleOf(room), {
    body: (room.kind === 'direct' ? text : `${sender.name}: ${text}`).slice(0, maxChars),
    dir: 'auto',
    tag: roomId,
    icon: `${basePath}/favicon.svg`,
  });
  notice.addEventListener('click', () => {
    focus();
    history.pushState(
      null,
      '',
      basePath + (room.kind === 'direct' ? roomAddress(roomId) : messageAddress(roomId, seq)),
    );
    notice.close();
  });
});
