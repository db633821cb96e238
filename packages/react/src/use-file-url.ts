import {useEffect, useState} from 'react';
import {useMadang} from './provider.tsx';

/** The address of an image for an `<img>`; undefined until it is known. */
export function useFileUrl(fileId: string, {thumbnail = false}: {thumbnail?: boolean} = {}) {
  const client = useMadang();
  const [known, setKnown] = useState<{fileId: string; url: string}>();
  useEffect(() => {
    let isGone = false;
    client.fileUrl(fileId, {thumbnail}).then(
      (url) => isGone || setKnown({fileId, url}),
      // Offline, say. The image has its place, and the next one that shows it asks again.
      () => undefined,
    );
    return () => void (isGone = true);
  }, [client, fileId, thumbnail]);
  return known?.fileId === fileId ? known.url : undefined;
}
