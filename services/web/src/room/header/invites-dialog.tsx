import type {CallResult} from '@madang/client/client';
import {limits} from '@madang/protocol/limits';
import {useCallback, useEffect, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {client, clusterAddress} from '../../chat/client.ts';
import {useErrorText} from '../../i18n/use-error-text.ts';
import {Alert} from '../../ui/alert.tsx';
import {Button} from '../../ui/button.tsx';
import {Choices} from '../../ui/choices.tsx';
import {copyText} from '../../ui/copy-text.ts';
import {Dialog} from '../../ui/dialog.tsx';
import form from '../../ui/form.module.css';
import {nameOf} from '../../ui/person.tsx';
import {TextField} from '../../ui/text-field.tsx';
import {useAction} from '../../ui/use-action.ts';
import styles from './invites-dialog.module.css';

type Invite = CallResult<'invite:list'>['invites'][number];

const seconds = {hour: 3_600, day: 86_400, week: 7 * 86_400, month: 30 * 86_400} as const;
type Lasting = keyof typeof seconds;
const lastings: readonly Lasting[] = ['hour', 'day', 'week', 'month'];

/** Creates invite links to the room, lists them and revokes them. */
export default function InvitesDialog({roomId, onClose}: {roomId: string; onClose: () => void}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const {invites, error, read} = useInvites(roomId);
  return (
    <Dialog title={t('invites.title')} isOpen onClose={onClose}>
      <NewInvite roomId={roomId} onMade={read} />
      <section className={styles.invites} aria-label={t('invites.list')}>
        <h3>{t('invites.list')}</h3>
        {error !== undefined && <Alert>{errorText(error)}</Alert>}
        {invites?.length === 0 && <p className={styles.quiet}>{t('invites.none')}</p>}
        <ul>
          {invites?.map((invite) => (
            <li key={invite.id} className={styles.invite}>
              <OneInvite roomId={roomId} invite={invite} onEnded={read} />
            </li>
          ))}
        </ul>
      </section>
    </Dialog>
  );
}

function useInvites(roomId: string) {
  const [invites, setInvites] = useState<readonly Invite[]>();
  const [error, setError] = useState<unknown>();
  const read = useCallback(async () => {
    try {
      setInvites((await client.call('invite:list', {roomId})).invites);
      setError(undefined);
    } catch (caught) {
      setError(caught);
    }
  }, [roomId]);
  useEffect(() => void read(), [read]);
  return {invites, error, read};
}

function NewInvite({roomId, onMade}: {roomId: string; onMade: () => Promise<void>}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [lasting, setLasting] = useState<Lasting>('week');
  const [uses, setUses] = useState('');
  const [url, setUrl] = useState<string>();
  const [isCopied, setCopied] = useState(false);
  const {run, isBusy, error} = useAction(async () => {
    const bound = uses === '' ? {} : {uses: Number(uses)};
    const made = await client.invite(roomId, {expiresInS: seconds[lasting], ...bound});
    setUrl(clusterAddress(made.url));
    setCopied(false);
    await onMade();
  });
  return (
    <form
      className={form.form}
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      {error !== undefined && <Alert>{errorText(error)}</Alert>}
      <Choices
        legend={t('invites.lasts')}
        options={lastings.map((value) => ({value, label: t(`invites.lasting.${value}`)}))}
        value={lasting}
        choose={setLasting}
      />
      <TextField
        label={t('invites.uses')}
        hint={t('invites.usesHint')}
        type="number"
        inputMode="numeric"
        min={1}
        max={limits.inviteUses}
        value={uses}
        onChange={(event) => setUses(event.target.value)}
      />
      <div className={form.actions}>
        <Button type="submit" look="primary" isBusy={isBusy}>
          {t('invites.make')}
        </Button>
      </div>
      {url !== undefined && (
        <div className={styles.link}>
          <TextField
            label={t('invites.link')}
            hint={t('invites.once')}
            readOnly
            value={url}
            onFocus={(event) => event.target.select()}
          />
          <Button onClick={() => void copyText(url).then(() => setCopied(true))}>{t('room.copy')}</Button>
        </div>
      )}
      <p role="status" className={styles.quiet}>
        {isCopied && t('invites.copied')}
      </p>
    </form>
  );
}

type OneInviteProps = {roomId: string; invite: Invite; onEnded: () => Promise<void>};

/** A valid link. Revoking it affects everybody who has it, so it takes a second press. */
function OneInvite({roomId, invite, onEnded}: OneInviteProps) {
  const {t, i18n} = useTranslation();
  const errorText = useErrorText();
  const [isAsked, setAsked] = useState(false);
  const {id, createdBy, expiresAt, usesLeft} = invite;
  const time = new Intl.DateTimeFormat(i18n.language, {dateStyle: 'medium', timeStyle: 'short'});
  const until = time.format(new Date(expiresAt));
  const {run, isBusy, error} = useAction(async () => {
    await client.call('invite:revoke', {roomId, id});
    await onEnded();
  });
  return (
    <>
      <p className={styles.about}>
        {t('invites.by', {name: nameOf(createdBy)})}
        <br />
        <span className={styles.quiet}>
          {t('invites.until', {time: until})}
          {usesLeft !== undefined && ` · ${t('invites.usesLeft', {count: usesLeft})}`}
        </span>
      </p>
      <Button
        look={isAsked ? 'danger' : 'plain'}
        aria-label={t(isAsked ? 'invites.askEndOf' : 'invites.endOf', {time: until})}
        isBusy={isBusy}
        onClick={() => (isAsked ? void run() : setAsked(true))}
      >
        {t(isAsked ? 'invites.askEnd' : 'invites.end')}
      </Button>
      {error !== undefined && <Alert>{errorText(error)}</Alert>}
    </>
  );
}
