import {useRef} from 'react';
import {client} from '../../chat/client.ts';
import type {OpenRoom} from '../../chat/rooms.ts';
import {historyPage} from './rows.ts';

const retryMs = 1_000;

/** Fetches one page of history at a time. The next occasion retries a failure. */
export function useEarlier({id, hasEarlier}: OpenRoom): () => Promise<void> {
  const isLoading = useRef(false);
  return async () => {
    if (isLoading.current || !hasEarlier) return;
    isLoading.current = true;
    try {
      await client.loadEarlier(id, historyPage);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
    isLoading.current = false;
  };
}
