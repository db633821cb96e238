import {RefreshCw} from 'lucide-react';
import {Component, type ReactNode} from 'react';
import {useTranslation} from 'react-i18next';
import {Button} from '../ui/button.tsx';
import {MessagePage} from './message-page.tsx';

type PageBoundaryProps = {
  /** What stands in place of a part that broke; a page that says so, if left out. */
  fallback?: ReactNode;
  children: ReactNode;
};

/** Keeps a part that broke, or whose script could not be had, from taking the page around it with it. */
export class PageBoundary extends Component<PageBoundaryProps, {hasFailed: boolean}> {
  override state = {hasFailed: false};

  static getDerivedStateFromError(): {hasFailed: boolean} {
    return {hasFailed: true};
  }

  override render(): ReactNode {
    const {fallback = <BrokenPage />, children} = this.props;
    return this.state.hasFailed ? fallback : children;
  }
}

function BrokenPage() {
  const {t} = useTranslation();
  return (
    <MessagePage picture={<RefreshCw size={32} />} title={t('broken.title')} lead={t('broken.lead')}>
      <Button look="primary" onClick={() => location.reload()}>
        {t('broken.reload')}
      </Button>
    </MessagePage>
  );
}
