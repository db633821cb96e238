import {limits} from '@madang/protocol/limits';
import {useTranslation} from 'react-i18next';
import {Button} from '../../ui/button.tsx';
import type {Length} from './use-composer.ts';
import styles from './composer.module.css';

/** From here on, the user sees how many characters are left. */
const countsFrom = limits.textChars - 500;

/** Shows the length of the text once that matters. A text that is too long can be sent in parts. */
export function LengthNote({chars, parts, sendParts}: Length) {
  const {t, i18n} = useTranslation();
  if (chars <= countsFrom) return null;
  const number = new Intl.NumberFormat(i18n.language);
  const [used, max] = [number.format(chars), number.format(limits.textChars)];
  const isTooLong = chars > limits.textChars;
  return (
    <div className={styles.length} data-over={isTooLong || undefined}>
      <span role={isTooLong ? 'status' : undefined}>{t('room.length', {used, max})}</span>
      {isTooLong && parts !== undefined && (
        <Button onPointerDown={(event) => event.preventDefault()} onClick={sendParts}>
          {t('room.sendParts', {count: parts})}
        </Button>
      )}
    </div>
  );
}
