import {lazy, Suspense, useState} from 'react';
import {useStore} from 'zustand';
import {bell} from '../chat/notifications.ts';
import {PageBoundary} from '../errors/page-boundary.tsx';

const Toasts = lazy(() => import('./toasts.tsx'));

/** The place where new notifications appear, on every page. The code for it is loaded with the first one. */
export function ToastCorner() {
  const hasNews = useStore(bell, ({news}) => news.length > 0);
  const [isNeeded, setNeeded] = useState(false);
  if (hasNews && !isNeeded) setNeeded(true);
  return (
    <PageBoundary fallback={null}>
      <Suspense>{isNeeded && <Toasts />}</Suspense>
    </PageBoundary>
  );
}
