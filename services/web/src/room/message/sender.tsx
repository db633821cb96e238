import type {Message} from '@madang/client/client';
import {clsx} from 'clsx';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {presentNames} from '../../chat/people.ts';
import {session} from '../../chat/session.ts';
import {ColoredName, Disc, nameOf} from '../../ui/person.tsx';
import {SignInName} from '../../ui/sign-in-name.tsx';
import {useConversation} from '../composer/intent.ts';
import {useLook} from './look.ts';
import styles from './message.module.css';

type SenderProps = {sender: Message['sender']; mayPress: boolean};

/** The sender of a group of messages. A press on the name or the face shows who it is. */
export function Sender({sender, mayPress}: SenderProps) {
  const {t} = useTranslation();
  const {showPerson} = useConversation();
  const look = useLook();
  const present = useStore(presentNames, ({byId}) => byId.get(sender.id));
  const name = <ColoredName color={sender.color}>{sender.name}</ColoredName>;
  return (
    <div
      // The name is the button; the face only leads to it.
      role="presentation"
      className={clsx(look['sender'], mayPress && styles.pressable)}
      onClick={({target, currentTarget}) => {
        const button = currentTarget.querySelector('button');
        if (button !== null && target !== currentTarget) showPerson(sender, button);
      }}
    >
      <Disc name={sender.name} color={sender.color} />
      <div className={clsx(styles.names, look['names'])} title={sender.name}>
        {mayPress ? (
          <button type="button" className={styles.name} aria-haspopup="dialog">
            {name}
          </button>
        ) : (
          name
        )}
        <SignInName id={sender.id} shown={sender.name} />
        {present !== undefined && present !== sender.name && (
          <span className={styles.present}> {t('room.nowCalled', {name: present})}</span>
        )}
      </div>
    </div>
  );
}

/** The user, above their own messages that are not in the log yet. */
export function OwnSender() {
  const user = useStore(session, (state) => state.user);
  if (user === undefined) return null;
  return <Sender sender={{id: user.id, name: nameOf(user), color: user.color}} mayPress={false} />;
}
