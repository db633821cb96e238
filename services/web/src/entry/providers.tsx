import {useEffect, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {useSearchParams} from 'wouter';
import {client, clusterAddress} from '../chat/client.ts';
import {Alert} from '../ui/alert.tsx';
import styles from './entry.module.css';
import {pathAfterEntry} from './next-path.ts';

const reasons: Partial<Record<string, 'oauthDenied' | 'oauthExpired' | 'oauthFailed' | 'unavailable'>> = {
  access_denied: 'oauthDenied',
  expired: 'oauthExpired',
  failed: 'oauthFailed',
  unavailable: 'unavailable',
};

/** The other ways to sign in to this cluster, and why the last attempt with one failed. */
export function Providers() {
  const {t} = useTranslation();
  const [search] = useSearchParams();
  const hasGithub = useProviders().includes('github');
  const reason = search.get('error');
  const known = reason === null ? undefined : reasons[reason];
  const returnTo = encodeURIComponent(pathAfterEntry(search));

  return (
    <>
      {reason !== null && (
        <Alert>
          {known === undefined ? t('error.oauth', {reason: reason.slice(0, 40)}) : t(`error.${known}`)}
        </Alert>
      )}
      {hasGithub && (
        <a className={styles.provider} href={clusterAddress(`/auth/github?returnTo=${returnTo}`)}>
          {t('entry.github')}
        </a>
      )}
    </>
  );
}

function useProviders(): readonly string[] {
  const [providers, setProviders] = useState<readonly string[]>([]);
  useEffect(() => {
    let isGone = false;
    void client
      .http<{providers: string[]}>('GET', '/auth/providers')
      // If the list cannot be loaded, no provider is offered.
      .catch(() => ({providers: []}))
      .then((answer) => {
        if (!isGone) setProviders(answer.providers);
      });
    return () => {
      isGone = true;
    };
  }, []);
  return providers;
}
