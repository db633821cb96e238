import {DoorClosed} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {Link} from 'wouter';
import {MessagePage} from '../errors/message-page.tsx';
import {useErrorText} from '../i18n/use-error-text.ts';

export function RefusedEntry({error}: {error: unknown}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  return (
    <div role="alert">
      <MessagePage
        picture={<DoorClosed size={32} />}
        title={errorText(error, {not_found: 'noRoom', invalid: 'noRoom', room_closed: 'noRoom'})}
      >
        <Link href="/lobby">{t('nav.lobby')}</Link>
      </MessagePage>
    </div>
  );
}
