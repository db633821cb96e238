import type {Message, User} from '@madang/client/client';
import {useEffect, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../../chat/client.ts';
import {meet} from '../../chat/people.ts';
import {useErrorText} from '../../i18n/use-error-text.ts';
import {Alert} from '../../ui/alert.tsx';
import {Button} from '../../ui/button.tsx';
import {Dialog} from '../../ui/dialog.tsx';
import {ColoredName, Disc, nameOf} from '../../ui/person.tsx';
import {SignInName} from '../../ui/sign-in-name.tsx';
import chips from './reactions.module.css';
import styles from './reactors-dialog.module.css';

type ReactorsDialogProps = {message: Message; emoji: string; onClose: () => void};

/** Who reacted to a message, emoji by emoji. */
export default function ReactorsDialog({message, emoji: first, onClose}: ReactorsDialogProps) {
  const {t} = useTranslation();
  const [emoji, setEmoji] = useState(first);
  const reactions = message.annotations?.reactions ?? [];
  return (
    <Dialog title={t('reaction.title')} isOpen onClose={onClose}>
      <div role="group" aria-label={t('reaction.title')} className={chips.list}>
        {reactions.map((each) => (
          <button
            key={each.emoji}
            type="button"
            className={chips.chip}
            aria-label={`${each.emoji} ${each.count}`}
            aria-pressed={each.emoji === emoji}
            onClick={() => setEmoji(each.emoji)}
          >
            <span aria-hidden className={chips.emoji}>
              {each.emoji}
            </span>
            <span aria-hidden>{each.count}</span>
          </button>
        ))}
      </div>
      <Reactors key={emoji} roomId={message.roomId} seq={message.seq} emoji={emoji} />
    </Dialog>
  );
}

type Place = {roomId: string; seq: number; emoji: string};

function Reactors(place: Place) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const {users, hasMore, more, error} = useReactors(place);
  return (
    <div className={styles.frame}>
      <ul aria-label={place.emoji} className={styles.people} aria-busy={users === undefined}>
        {users?.map((user) => (
          <li key={user.id} className={styles.person}>
            <Disc name={nameOf(user)} color={user.color} />
            <ColoredName color={user.color}>{nameOf(user)}</ColoredName>
            <SignInName id={user.id} shown={nameOf(user)} />
          </li>
        ))}
      </ul>
      {error !== undefined && <Alert>{errorText(error)}</Alert>}
      {(hasMore || error !== undefined) && (
        <Button look="quiet" onClick={more}>
          {t(error === undefined ? 'reaction.more' : 'tryAgain')}
        </Button>
      )}
    </div>
  );
}

/** Reads those who reacted with an emoji, page by page. */
function useReactors(place: Place) {
  const {roomId, seq, emoji} = place;
  const [users, setUsers] = useState<readonly User[]>();
  const [after, setAfter] = useState<string>();
  const [next, setNext] = useState<string>();
  const [tries, setTries] = useState(0);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    let isGone = false;
    client.call('reaction:list', {roomId, seq, emoji, ...(after !== undefined && {after})}).then(
      (page) => {
        meet(page.users);
        if (isGone) return;
        setUsers((before = []) => [...before, ...page.users]);
        setNext(page.next);
        setError(undefined);
      },
      (failure: unknown) => isGone || setError(failure),
    );
    return () => {
      isGone = true;
    };
  }, [roomId, seq, emoji, after, tries]);
  const more = () => (error === undefined ? setAfter(next) : setTries(tries + 1));
  return {users, hasMore: next !== undefined, more, error};
}
