import {RefreshCw} from 'lucide-react';
import {Component, type ReactNode} from 'react';
import {useTranslation} from 'react-i18next';
import {Button} from '../ui/button.tsx';
import {LateSkeleton} from '../ui/late-skeleton.tsx';
import {MessagePage} from './message-page.tsx';
import {reloadOnce} from './reload-once.ts';

type PageBoundaryProps = {
  /** Shown instead of a part that failed. The default is a page that says so. */
  fallback?: ReactNode;
  children: ReactNode;
};

type Fate = 'whole' | 'broken' | 'given up';

/** Keeps a failed part, or one whose script could not be loaded, from breaking the page around it. */
export class PageBoundary extends Component<PageBoundaryProps, {fate: Fate}> {
  override state: {fate: Fate} = {fate: 'whole'};

  static getDerivedStateFromError(): {fate: Fate} {
    return {fate: 'broken'};
  }

  override componentDidCatch(error: Error): void {
    const giveUp = () => this.setState({fate: 'given up'});
    void reloadOnce(error).then((isReloading) => isReloading || giveUp(), giveUp);
  }

  override render(): ReactNode {
    const {fallback, children} = this.props;
    const {fate} = this.state;
    if (fate === 'whole') return children;
    if (fallback !== undefined) return fallback;
    return fate === 'given up' ? <BrokenPage /> : <LateSkeleton />;
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
