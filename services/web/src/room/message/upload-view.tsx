import {clsx} from 'clsx';
import {X} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {mayRetry} from '../../chat/may-retry.ts';
import {acceptedTypes, discardUpload, retryUpload, type Upload} from '../../chat/uploads.ts';
import {useErrorText} from '../../i18n/use-error-text.ts';
import {Button, IconButton} from '../../ui/button.tsx';
import {useLook} from './look.ts';
import {Row} from './row.tsx';
import {OwnSender} from './sender.tsx';
import message from './message.module.css';
import styles from './attachment.module.css';
import {useStillness} from './use-stillness.ts';

/** An image that is being uploaded: its progress, or why it will not arrive. */
export function UploadView({upload, isFirst}: {upload: Upload; isFirst: boolean}) {
  const {t} = useTranslation();
  const look = useLook();
  const errorText = useErrorText();
  const {file, previewUrl, progress, error, id} = upload;
  const isStill = useStillness(file.type);
  const isShown = acceptedTypes.split(',').includes(file.type) && !isStill;
  const percent = Math.round(100 * progress);
  return (
    <Row isMine isFirst={isFirst} hasOwnStops>
      {isFirst && <OwnSender />}
      <div className={look['line']}>
        <div className={styles.upload} data-failed={error !== undefined || undefined}>
          {isShown ? (
            <img src={previewUrl} alt={file.name} className={styles.preview} />
          ) : (
            <span dir="auto">{file.name}</span>
          )}
          {error === undefined && (
            <progress max={100} value={percent} aria-label={t('room.uploading', {name: file.name})}>
              {percent} %
            </progress>
          )}
        </div>
        {error === undefined && (
          <IconButton label={t('room.cancelUpload', {name: file.name})} onClick={() => discardUpload(id)}>
            <X size={18} />
          </IconButton>
        )}
      </div>
      {error !== undefined && (
        <>
          <p role="alert" className={clsx(message.reason, look['reason'])}>
            {t('room.refused', {
              reason: errorText(error, {
                too_large: 'imageTooLarge',
                invalid: 'unsupported',
                not_found: 'unreadable',
              }),
            })}
          </p>
          <div className={clsx(message.choices, look['choices'])}>
            <Button look="quiet" onClick={() => discardUpload(id)}>
              {t('room.discard')}
            </Button>
            {mayRetry(error) && <Button onClick={() => retryUpload(upload)}>{t('tryAgain')}</Button>}
          </div>
        </>
      )}
    </Row>
  );
}
