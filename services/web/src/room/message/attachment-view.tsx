import type {Attachment} from '@madang/client/client';
import {lazy, Suspense, useEffect, useRef, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {clusterAddress} from '../../chat/client.ts';
import styles from './attachment.module.css';
import {useStillness} from './use-stillness.ts';

const PictureDialog = lazy(() => import('./picture-dialog.tsx'));

const maxWidth = 360;
const maxHeight = 320;

/** An image. Its space is reserved before it has loaded, and a press shows it in full. */
export function AttachmentView({attachment}: {attachment: Attachment}) {
  const {t} = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const {name, width, height, url, thumbnailUrl, type} = attachment;
  const isStill = useStillness(type);
  const scale = Math.min(1, maxWidth / width, maxHeight / height);
  const mayMove = type !== 'image/jpeg';
  return (
    <>
      <button
        type="button"
        className={styles.picture}
        style={{width: Math.max(64, Math.round(width * scale)), aspectRatio: `${width} / ${height}`}}
        aria-label={t('room.openPicture', {name})}
        onClick={() => setOpen(true)}
      >
        <img src={clusterAddress(thumbnailUrl)} alt="" className={styles.thumbnail} />
        {mayMove ? (
          <Moving url={clusterAddress(url)} name={name} isStill={isStill} />
        ) : (
          <img src={clusterAddress(url)} alt={name} className={styles.full} loading="lazy" decoding="async" />
        )}
      </button>
      {isOpen && (
        <Suspense>
          <PictureDialog attachment={attachment} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

/** Moves only while in view, and not if reduced motion is preferred: the still thumbnail is behind it. */
function Moving({url, name, isStill}: {url: string; name: string; isStill: boolean}) {
  const place = useRef<HTMLSpanElement>(null);
  const [isInView, setInView] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => setInView(entry?.isIntersecting ?? false));
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  return (
    <span ref={place} role="img" aria-label={name} className={styles.full}>
      {isInView && !isStill && <img src={url} alt="" className={styles.full} decoding="async" />}
    </span>
  );
}
