import {useEffect, useState} from 'react';
import {useMadang} from './provider.tsx';

/** Returns the address of an image for an `<img>`, or undefined until it is known. */
export function useFileUrl(fileId: string, {thumbnail = false}: {thumbnail?: boolean} = {}) {
  const client = useMadang();
  const [known, setKnown] = useState<{fileId: string; url: string}>();
  useEffect(() => {
    let isGone = false;
    client.fileUrl(fileId, {thumbnail}).then(
      (url) => isGone || setKnown({fileId, url}),
      // The request failed, for example offline. The image keeps its space, and the next component that shows it asks
      // again.
      () => undefined,
    );
    return () => void (isGone = true);
  }, [client, fileId, thumbnail]);
  return known?.fileId === fileId ? known.url : undefined;
}
