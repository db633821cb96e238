import type {Message, RoomSnapshot} from '@madang/client/client';
import {PinOff, X} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {useErrorText} from '../../i18n/use-error-text.ts';
import {Alert} from '../../ui/alert.tsx';
import {IconButton} from '../../ui/button.tsx';
import {isComposing} from '../../ui/is-composing.ts';
import {ColoredName} from '../../ui/person.tsx';
import {useAction} from '../../ui/use-action.ts';
import {client} from '../../chat/client.ts';
import {MessageLink} from '../message/message-link.tsx';
import {mayPin} from '../message/message-rights.ts';
import panel from '../people/people-panel.module.css';
import styles from './pins-panel.module.css';
import {usePins} from './use-pins.ts';

/** What is pinned in a room, the newest first. Each leads to its message. */
export default function PinsPanel({view, onClose}: {view: RoomSnapshot; onClose: () => void}) {
  const {t} = useTranslation();
  const {pins, error} = usePins(view.id);
  const errorText = useErrorText();
  return (
    <aside
      className={panel.panel}
      aria-label={t('pins.title')}
      onKeyDown={(event) => event.key === 'Escape' && !isComposing(event.nativeEvent) && onClose()}
    >
      <header className={panel.header}>
        <h2>{t('pins.title')}</h2>
        <IconButton label={t('close')} onClick={onClose}>
          <X size={20} />
        </IconButton>
      </header>
      <div className={panel.list}>
        {error !== undefined && <Alert>{errorText(error)}</Alert>}
        {pins?.length === 0 && <p className={styles.none}>{t('pins.none')}</p>}
        <ul>
          {pins?.map((message) => (
            <li key={message.seq} className={styles.pin}>
              <Pinned message={message} />
            </li>
          ))}
        </ul>
      </div>
    </aside>
  );
}

function Pinned({message}: {message: Message}) {
  const {t} = useTranslation();
  const {roomId, seq, sender, text, attachments} = message;
  const {run, isBusy} = useAction(() => client.pin(roomId, seq, false));
  return (
    <>
      <MessageLink roomId={roomId} seq={seq} className={styles.message}>
        <ColoredName color={sender.color}>{sender.name}</ColoredName>
        <span dir="auto" className={styles.text}>
          {text || attachments.map(({name}) => name).join(', ')}
        </span>
      </MessageLink>
      {mayPin(message) && (
        <IconButton label={t('pins.unpin')} disabled={isBusy} onClick={() => void run()}>
          <PinOff size={16} />
        </IconButton>
      )}
    </>
  );
}
