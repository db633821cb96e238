import {CallError, path} from '@madang/client/client';
import type {ReadInviteResult} from '@madang/protocol/invites';
import {useRoom} from '@madang/react';
import {DoorOpen} from 'lucide-react';
import {useCallback, useEffect, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {Redirect} from 'wouter';
import {client} from '../chat/client.ts';
import {MessagePage} from '../errors/message-page.tsx';
import {useErrorText} from '../i18n/use-error-text.ts';
import {NoEntry} from '../room/no-entry.tsx';
import door from '../room/door.module.css';
import {RefusedEntry} from '../room/refused-entry.tsx';
import {PageHeader} from '../shell/page-header.tsx';
import {usePageTitle} from '../shell/page-title.ts';
import {roomAddress} from '../shell/room-address.ts';
import {Alert} from '../ui/alert.tsx';
import {Button} from '../ui/button.tsx';
import {LateSkeleton} from '../ui/late-skeleton.tsx';
import {nameOf} from '../ui/person.tsx';
import {useAction} from '../ui/use-action.ts';

/** Where a link leads, and the button that makes the user a member there. */
export default function InvitePage({token}: {token: string}) {
  const {t} = useTranslation();
  const [invite, setInvite] = useState<ReadInviteResult>();
  const [error, setError] = useState<unknown>();
  const [joined, setJoined] = useState<string>();
  // The room's page opens once the room has arrived; before, it would ask for the password of a locked room.
  const room = useRoom(joined ?? '');
  usePageTitle(invite?.title);

  const read = useCallback(async () => {
    setError(undefined);
    try {
      setInvite(await client.http<ReadInviteResult>('GET', path`/invites/${token}`));
    } catch (caught) {
      setError(caught);
    }
  }, [token]);
  useEffect(() => void read(), [read]);

  if (room !== undefined) return <Redirect to={roomAddress(room.id)} replace />;
  if (error !== undefined) return <Refused error={error} onRetry={() => void read()} />;
  if (invite === undefined || joined !== undefined) return <LateSkeleton />;
  const {title, memberCount, createdBy} = invite;
  return (
    <div className={door.page}>
      <PageHeader title={t('invites.title')} />
      <MessagePage
        picture={<DoorOpen size={32} />}
        title={title}
        lead={createdBy === undefined ? t('invites.lead') : t('invites.leadBy', {name: nameOf(createdBy)})}
      >
        <p>{t('members', {count: memberCount})}</p>
        <Join token={token} onJoined={setJoined} onRefused={setError} />
      </MessagePage>
    </div>
  );
}

type JoinProps = {token: string; onJoined: (roomId: string) => void; onRefused: (error: unknown) => void};

function Join({token, onJoined, onRefused}: JoinProps) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const {run, isBusy, error} = useAction(async () => {
    try {
      const {room} = await client.acceptInvite(token);
      onJoined(room.id);
    } catch (caught) {
      // What may succeed later leaves the button where it is.
      if (caught instanceof CallError && caught.retryable) throw caught;
      onRefused(caught);
    }
  });
  return (
    <>
      {error !== undefined && <Alert>{errorText(error)}</Alert>}
      <div className={door.actions}>
        <Button look="primary" autoFocus isBusy={isBusy} onClick={() => void run()}>
          {t('invites.join')}
        </Button>
      </div>
    </>
  );
}

const reasons = ['expired', 'used_up', 'revoked'] as const;

function Refused({error, onRetry}: {error: unknown; onRetry: () => void}) {
  const {t} = useTranslation();
  if (!(error instanceof CallError)) return <RefusedEntry error={error} onRetry={onRetry} />;
  const reason =
    error.code === 'not_found' ? 'revoked' : reasons.find((one) => one === error.details?.reason);
  if (reason === undefined) return <RefusedEntry error={error} onRetry={onRetry} />;
  return (
    <NoEntry title={t(`invites.over.${reason}`)} lead={t('invites.overLead')}>
      {undefined}
    </NoEntry>
  );
}
