import type {CallInput, Member, RoomSnapshot} from '@madang/client/client';
import {Ellipsis} from 'lucide-react';
import {lazy, Suspense, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../../chat/client.ts';
import {may} from '../../chat/may.ts';
import {useErrorText} from '../../i18n/use-error-text.ts';
import {Alert} from '../../ui/alert.tsx';
import {iconButton} from '../../ui/button.tsx';
import type {Question} from '../../ui/confirm-dialog.tsx';
import {MenuButton} from '../../ui/menu-button.tsx';
import type {MenuEntry} from '../../ui/menu-entries.ts';
import {nameOf} from '../../ui/person.tsx';

const ConfirmDialog = lazy(() => import('../../ui/confirm-dialog.tsx'));

const muteMs = 10 * 60_000;
const ranks = {member: 0, moderator: 1, owner: 2} as const;

type Change = Omit<CallInput<'member:update'>, 'roomId' | 'userId'>;

/** What moderators of a room may do with someone of a lower role. */
export function MemberMenu({member, view}: {member: Member; view: RoomSnapshot}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [error, setError] = useState<unknown>();
  const [question, setQuestion] = useState<Question>();
  const {room, membership} = view;
  const {user, role, mutedUntil, banned} = member;
  if (room.kind === 'direct' || !may(view.id, 'moderate') || ranks[membership.role] <= ranks[role])
    return null;

  const of = {roomId: view.id, userId: user.id};
  const run = (action: Promise<unknown>) => void action.then(() => setError(undefined), setError);
  const update = (change: Change) => run(client.call('member:update', {...of, ...change}));
  const isMuted = mutedUntil !== undefined && Date.parse(mutedUntil) > Date.now();
  const name = nameOf(user);
  const isOwner = membership.role === 'owner';

  const action = (label: string, act: () => void): MenuEntry => ({kind: 'action', label, act});
  const asked = (what: 'remove' | 'ban' | 'makeOwner', act: () => Promise<unknown>): MenuEntry => ({
    kind: 'action',
    label: t(`member.${what}`),
    isBad: true,
    opensDialog: true,
    act: () =>
      setQuestion({
        title: t(`member.ask.${what}`, {name}),
        lead: t(`member.askLead.${what}`),
        action: t(`member.${what}`),
        act,
      }),
  });
  const change = (part: Change) => client.call('member:update', {...of, ...part});
  const offered: (MenuEntry | false)[] = [
    isMuted
      ? action(t('member.unmute'), () => update({mutedUntil: null}))
      : action(t('member.mute'), () => update({mutedUntil: new Date(Date.now() + muteMs).toISOString()})),
    isOwner && role === 'member' && action(t('member.promote'), () => update({role: 'moderator'})),
    isOwner && role === 'moderator' && action(t('member.demote'), () => update({role: 'member'})),
    {kind: 'separator'},
    isOwner && asked('makeOwner', () => change({role: 'owner'})),
    asked('remove', () => client.call('member:remove', of)),
    asked('ban', () => change({banned: true})),
  ];
  // A banned user is not a member, so no other action is possible.
  const entries =
    banned === true
      ? [action(t('member.unban'), () => update({banned: false}))]
      : offered.filter((entry) => entry !== false);

  return (
    <>
      <MenuButton label={t('member.actions', {name})} className={iconButton} entries={entries}>
        <Ellipsis size={18} />
      </MenuButton>
      {question !== undefined && (
        <Suspense>
          <ConfirmDialog question={question} onClose={() => setQuestion(undefined)} />
        </Suspense>
      )}
      {error !== undefined && <Alert>{errorText(error)}</Alert>}
    </>
  );
}
