import {CallError} from '@madang/client/client';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {reasonOf} from '../i18n/error-text.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Button} from '../ui/button.tsx';
import {NoEntry} from './no-entry.tsx';

/** Says why a room cannot be entered. */
export function RefusedEntry({error, onRetry}: {error: unknown; onRetry: () => void}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [, navigate] = useLocation();
  const isNameInTheWay = reasonOf(error) === 'staff_name';
  const mayRetry = error instanceof CallError && (error.retryable || error.code === 'room_full');
  const texts = {not_found: 'noRoom', invalid: 'noRoom', staff_name: 'staffNameHere'} as const;
  return (
    <NoEntry title={errorText(error, texts)}>
      {mayRetry && <Button onClick={onRetry}>{t('tryAgain')}</Button>}
      {isNameInTheWay && <Button onClick={() => navigate('/profile')}>{t('nav.profile')}</Button>}
    </NoEntry>
  );
}
