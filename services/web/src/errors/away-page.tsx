import {CloudOff} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {MessagePage} from './message-page.tsx';

/** The cluster, or a store that it needs, does not answer. The component that shows this page continues to ask. */
export function AwayPage() {
  const {t} = useTranslation();
  return (
    <div role="status">
      <MessagePage picture={<CloudOff size={32} />} title={t('away.title')} lead={t('away.lead')} />
    </div>
  );
}
