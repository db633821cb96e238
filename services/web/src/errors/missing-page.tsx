import {MapPinOff} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {Link} from 'wouter';
import {usePageTitle} from '../shell/page-title.ts';
import {MessagePage} from './message-page.tsx';

export function MissingPage() {
  const {t} = useTranslation();
  usePageTitle('404');
  return (
    <MessagePage
      picture={<MapPinOff size={32} />}
      title={t('missing.title')}
      lead={`404 · ${t('missing.lead')}`}
    >
      <Link href="/">{t('missing.home')}</Link>
    </MessagePage>
  );
}
