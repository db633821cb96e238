import type {Message} from '@madang/client/client';
import {useState} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../../chat/client.ts';
import {useErrorText} from '../../i18n/use-error-text.ts';
import {Alert} from '../../ui/alert.tsx';
import {Button} from '../../ui/button.tsx';
import {Choices} from '../../ui/choices.tsx';
import {Dialog} from '../../ui/dialog.tsx';
import form from '../../ui/form.module.css';
import {ColoredName} from '../../ui/person.tsx';
import {TextField} from '../../ui/text-field.tsx';
import {useAction} from '../../ui/use-action.ts';
import styles from './report-dialog.module.css';

const causes = ['spam', 'harassment', 'harmful', 'other'] as const;
type Cause = (typeof causes)[number];
/** Beside the cause, so that both fit into what a report may say. */
const maxChars = 400;

/** Reports a message, and with it its sender. A report cannot be taken back, so nothing is sent before the button. */
export default function ReportDialog({message, onClose}: {message: Message; onClose: () => void}) {
  const {t} = useTranslation();
  const [isSent, setSent] = useState(false);
  const {name} = message.sender;
  return (
    <Dialog title={t('report.title', {name})} isOpen onClose={onClose}>
      {isSent ? (
        <>
          <p role="status">{t('report.sent')}</p>
          <div className={form.actions}>
            <Button autoFocus look="primary" onClick={onClose}>
              {t('close')}
            </Button>
          </div>
        </>
      ) : (
        <Form message={message} onSent={() => setSent(true)} onClose={onClose} />
      )}
    </Dialog>
  );
}

type FormProps = {message: Message; onSent: () => void; onClose: () => void};

function Form({message, onSent, onClose}: FormProps) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [cause, setCause] = useState<Cause>('spam');
  const [words, setWords] = useState('');
  const {roomId, seq, sender, text, attachments} = message;
  const {run, isBusy, error} = useAction(async () => {
    const said = words.trim();
    const label = t(`report.causes.${cause}`);
    await client.report(roomId, seq, said === '' ? label : `${label}: ${said}`);
    onSent();
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
      <blockquote className={styles.message}>
        <ColoredName color={sender.color}>{sender.name}</ColoredName>
        <p dir="auto">{text || attachments.map((each) => each.name).join(', ')}</p>
      </blockquote>
      <Choices
        legend={t('report.cause')}
        options={causes.map((value) => ({value, label: t(`report.causes.${value}`)}))}
        value={cause}
        choose={setCause}
      />
      <TextField
        label={t(cause === 'other' ? 'report.words' : 'report.wordsOptional')}
        hint={t('report.hint')}
        autoComplete="off"
        required={cause === 'other'}
        maxLength={maxChars}
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
      <div className={form.actions}>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" look="danger" isBusy={isBusy}>
          {t('report.send')}
        </Button>
      </div>
    </form>
  );
}
