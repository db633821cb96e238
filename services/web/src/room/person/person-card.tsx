import {Popover} from '@base-ui/react/popover';
import type {Message, RoomSnapshot, User} from '@madang/client/client';
import {useEffect, useRef, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {block, useIsBlocked} from '../../chat/blocked.ts';
import {client} from '../../chat/client.ts';
import {may, useMayWhisper} from '../../chat/may.ts';
import type {Partner} from '../../chat/new-whisper.ts';
import {meet, people, personOf} from '../../chat/people.ts';
import {useErrorText} from '../../i18n/use-error-text.ts';
import {Alert} from '../../ui/alert.tsx';
import {Button} from '../../ui/button.tsx';
import {ColoredName, Disc, nameOf} from '../../ui/person.tsx';
import {useAction} from '../../ui/use-action.ts';
import {useConversation} from '../composer/intent.ts';
import {replace} from '../composer/replace.ts';
import {madeAt} from './made-at.ts';
import styles from './person-card.module.css';

type PersonCardProps = {view: RoomSnapshot; person: Partner; anchor: HTMLElement; onClose: () => void};

/** Who somebody is, and what the user may do about them. */
export default function PersonCard({view, person, anchor, onClose}: PersonCardProps) {
  const user = useUser(person);
  const next = useRef<HTMLElement>(null);
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()}>
      <Popover.Portal>
        <Popover.Positioner
          className={styles.positioner}
          anchor={anchor}
          side="bottom"
          align="start"
          sideOffset={4}
        >
          <Popover.Popup
            className={styles.card}
            aria-label={nameOf(user)}
            finalFocus={() => next.current ?? anchor}
          >
            <About user={user} />
            <Actions
              view={view}
              user={user}
              onDone={(focus) => {
                next.current = focus ?? null;
                onClose();
              }}
            />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** The person as the server knows them now; until its answer, or if the user may not know more, as the page does. */
function useUser(person: Partner): Partner {
  const [user, setUser] = useState<User>();
  const {id} = person;
  useEffect(() => {
    void client
      .users([id])
      .then((users) => {
        meet(users);
        setUser(users[0]);
      })
      .catch(() => undefined);
  }, [id]);
  return user ?? personOf(id) ?? person;
}

function About({user}: {user: Partner}) {
  const {t, i18n} = useTranslation();
  const isListed = useStore(people, ({users}) => users.has(user.id));
  const isOnline = user.online ?? isListed;
  const since = madeAt(user.id);
  const date = new Intl.DateTimeFormat(i18n.language, {dateStyle: 'medium'});
  const presence = user.away === true ? 'away' : isOnline ? 'here' : 'gone';
  return (
    <>
      <div className={styles.who}>
        <Disc name={nameOf(user)} color={user.color} size="large" isOnline={isOnline} />
        <div className={styles.names}>
          <h2 dir="auto">
            <ColoredName color={user.color}>{nameOf(user)}</ColoredName>
          </h2>
          {user.kind !== undefined && (
            <p className={styles.quiet}>
              <bdi>{user.kind === 'guest' ? t('guest') : user.name}</bdi>
            </p>
          )}
        </div>
      </div>
      {user.status !== undefined && (
        <p dir="auto" className={styles.status}>
          {user.status.emoji} {user.status.text}
        </p>
      )}
      <p className={styles.quiet}>
        {t(`person.${presence}`)}
        {since !== undefined && ` · ${t('person.since', {date: date.format(since)})}`}
      </p>
    </>
  );
}

type ActionsProps = {
  view: RoomSnapshot;
  user: Partner;
  /** Closes the card. The focus goes to the element. */
  onDone: (focus?: HTMLElement | null) => void;
};

function Actions({view, user, onDone}: ActionsProps) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const {whisper, report, field} = useConversation();
  const isBlocked = useIsBlocked(user.id);
  const mayWhisper = useMayWhisper(user.id);
  const {run, isBusy, error} = useAction(() => block(user.id, !isBlocked));
  const isDirect = view.room.kind === 'direct';
  const said = newestOf(view.id, user.id);
  if (user.id === client.user?.id) return null;
  return (
    <>
      {error !== undefined && <Alert>{errorText(error)}</Alert>}
      <p role="status" className={styles.quiet}>
        {isBlocked && t('person.blockedLead')}
      </p>
      <div className={styles.actions}>
        {mayWhisper && !isDirect && (
          <Button
            look="primary"
            onClick={() => {
              onDone();
              whisper(user);
            }}
          >
            {t('person.whisper')}
          </Button>
        )}
        {!isDirect && may(view.id, 'send') && (
          <Button
            onClick={() => {
              onDone(field.current);
              if (field.current !== null) mention(field.current, nameOf(user));
            }}
          >
            {t('person.mention')}
          </Button>
        )}
        <Button isBusy={isBusy} onClick={() => void run()}>
          {t(isBlocked ? 'person.unblock' : 'person.block')}
        </Button>
        {said !== undefined && (
          <Button
            onClick={() => {
              onDone();
              report(said);
            }}
          >
            {t('report.open')}
          </Button>
        )}
      </div>
    </>
  );
}

/** The newest message of somebody that the page has. A report of a person is one of what they said. */
function newestOf(roomId: string, userId: string): Message | undefined {
  const {messages} = client.stores.messages(roomId).snapshot();
  return messages.findLast(({sender, deletedAt}) => sender.id === userId && deletedAt === undefined);
}

/** Names somebody in the field, where its caret is. */
function mention(field: HTMLTextAreaElement, name: string): void {
  const {value, selectionStart: from, selectionEnd: to} = field;
  const space = /\S$/.test(value.slice(0, from)) ? ' ' : '';
  replace(field, {from, to, text: `${space}@${name} `});
}
