import {useRef} from 'react';

const retryMs = 1_000;

/** Fetches one page of history at a time. The next occasion retries a failure. */
export function usePaging(load: () => Promise<unknown>, hasMore: boolean): () => Promise<void> {
  const isLoading = useRef(false);
  return async () => {
    if (isLoading.current || !hasMore) return;
    isLoading.current = true;
    try {
      await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
    isLoading.current = false;
  };
}
