import type {CallInput, Member} from '@madang/client/client';
import {Ellipsis} from 'lucide-react';
import {useState} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../chat/client.ts';
import type {RoomView} from '../chat/rooms.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Alert} from '../ui/alert.tsx';
import {iconButton} from '../ui/button.tsx';
import {MenuButton} from '../ui/menu-button.tsx';
import type {MenuEntry} from '../ui/menu-entries.ts';
import {nameOf} from '../ui/person.tsx';
import {membersChanged} from './use-members.ts';

const muteMs = 10 * 60_000;
const ranks = {member: 0, moderator: 1, owner: 2} as const;

type Change = Omit<CallInput<'member:update'>, 'roomId' | 'userId'>;

/** What those who look after a room may do with someone below them. */
export function MemberMenu({member, view}: {member: Member; view: RoomView}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [error, setError] = useState<unknown>();
  const {room, membership} = view.state;
  const {user, role, mutedUntil, banned} = member;
  if (room.kind === 'direct' || ranks[membership.role] <= ranks[role]) return null;

  const of = {roomId: view.id, userId: user.id};
  const run = (action: Promise<unknown>) =>
    void action.then(() => setError(undefined), setError).finally(() => membersChanged(view.id));
  const update = (change: Change) => run(client.call('member:update', {...of, ...change}));
  const isMuted = mutedUntil !== undefined && Date.parse(mutedUntil) > Date.now();
  const isOwner = membership.role === 'owner';

  const action = (label: string, act: () => void, isBad = false): MenuEntry => ({
    kind: 'action',
    label,
    act,
    isBad,
  });
  const offered: (MenuEntry | false)[] = [
    isMuted
      ? action(t('member.unmute'), () => update({mutedUntil: null}))
      : action(t('member.mute'), () => update({mutedUntil: new Date(Date.now() + muteMs).toISOString()})),
    isOwner && role === 'member' && action(t('member.promote'), () => update({role: 'moderator'})),
    isOwner && role === 'moderator' && action(t('member.demote'), () => update({role: 'member'})),
    isOwner && action(t('member.makeOwner'), () => update({role: 'owner'})),
    action(t('member.remove'), () => run(client.call('member:remove', of)), true),
    banned === true
      ? action(t('member.unban'), () => update({banned: false}))
      : action(t('member.ban'), () => update({banned: true}), true),
  ];

  return (
    <>
      <MenuButton
        label={t('member.actions', {name: nameOf(user)})}
        className={iconButton}
        entries={offered.filter((entry) => entry !== false)}
      >
        <Ellipsis size={18} />
      </MenuButton>
      {error !== undefined && <Alert>{errorText(error)}</Alert>}
    </>
  );
}
