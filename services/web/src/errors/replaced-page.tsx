import {Layers} from 'lucide-react';
import {useState} from 'react';
import {useTranslation} from 'react-i18next';
import {start} from '../chat/session.ts';
import {Button} from '../ui/button.tsx';
import {MessagePage} from './message-page.tsx';

/** Says that this tab was closed as the oldest of too many. Using it again closes another one. */
export function ReplacedPage() {
  const {t} = useTranslation();
  const [isBusy, setBusy] = useState(false);
  return (
    <main>
      <MessagePage picture={<Layers size={32} />} title={t('replaced.title')} lead={t('replaced.lead')}>
        <Button
          look="primary"
          isBusy={isBusy}
          onClick={() => {
            setBusy(true);
            void start();
          }}
        >
          {t('replaced.useHere')}
        </Button>
      </MessagePage>
    </main>
  );
}
