import {limits} from '@madang/protocol/limits';
import {useState} from 'react';
import {useTranslation} from 'react-i18next';
import {setStatus, type Status} from '../chat/availability.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Alert} from '../ui/alert.tsx';
import {Button} from '../ui/button.tsx';
import {Dialog} from '../ui/dialog.tsx';
import form from '../ui/form.module.css';
import {TextField} from '../ui/text-field.tsx';
import {useAction} from '../ui/use-action.ts';
import {endings, endOf, type Ending} from './endings.ts';
import styles from './status.module.css';

const offers = [
  {emoji: '📅', key: 'meeting'},
  {emoji: '🍚', key: 'lunch'},
  {emoji: '🏠', key: 'home'},
  {emoji: '🌴', key: 'holiday'},
  {emoji: '🤒', key: 'sick'},
] as const;

/** Sets what others see beside the user's name: an emoji, a text, and until when. */
export default function StatusDialog({status, onClose}: {status: Status | undefined; onClose: () => void}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [emoji, setEmoji] = useState(status?.emoji);
  const [text, setText] = useState(status?.text ?? '');
  const [ending, setEnding] = useState<Ending>(status?.until === undefined ? 'never' : 'kept');
  const {run, isBusy, error} = useAction(async (next: Status | undefined) => {
    await setStatus(next);
    onClose();
  });
  const save = () => {
    const said = text.trim();
    if (said === '' && emoji === undefined) return void run(undefined);
    const until = ending === 'kept' ? status?.until : endOf(ending)?.toISOString();
    void run({
      text: said,
      ...(emoji !== undefined && {emoji}),
      ...(until !== undefined && {until}),
    });
  };
  return (
    <Dialog title={t('availability.set')} isOpen onClose={onClose}>
      <form
        className={form.form}
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        {error !== undefined && <Alert>{errorText(error)}</Alert>}
        <div className={styles.what}>
          <span className={styles.emoji}>{emoji}</span>
          <TextField
            label={t('availability.text')}
            autoFocus
            autoComplete="off"
            maxLength={limits.statusChars}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        <div className={styles.offers}>
          {offers.map((offer) => (
            <Button
              key={offer.key}
              look="quiet"
              onClick={() => {
                setEmoji(offer.emoji);
                setText(t(`availability.offers.${offer.key}`));
              }}
            >
              <span aria-hidden>{offer.emoji}</span> {t(`availability.offers.${offer.key}`)}
            </Button>
          ))}
        </div>
        <label className={styles.end}>
          {t('availability.until')}
          <select value={ending} onChange={(event) => setEnding(event.target.value as Ending)}>
            {endings
              .filter((one) => one !== 'kept' || status?.until !== undefined)
              .map((one) => (
                <option key={one} value={one}>
                  {t(`availability.endings.${one}`)}
                </option>
              ))}
          </select>
        </label>
        <div className={form.actions}>
          {status !== undefined && (
            <Button look="quiet" isBusy={isBusy} onClick={() => void run(undefined)}>
              {t('availability.clear')}
            </Button>
          )}
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
