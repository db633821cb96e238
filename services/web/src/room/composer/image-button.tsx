import {ImagePlus} from 'lucide-react';
import {useRef} from 'react';
import {useTranslation} from 'react-i18next';
import {acceptedTypes, sendFiles} from '../../chat/uploads.ts';
import {IconButton} from '../../ui/button.tsx';

/** Selects images to send. */
export function ImageButton({
  roomId,
  threadOf,
  isDisabled,
}: {
  roomId: string;
  threadOf?: number | undefined;
  isDisabled: boolean;
}) {
  const {t} = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton label={t('room.sendImage')} disabled={isDisabled} onClick={() => input.current!.click()}>
        <ImagePlus size={20} />
      </IconButton>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept={acceptedTypes}
        aria-label={t('room.sendImage')}
        onChange={({target}) => {
          sendFiles({roomId, threadOf}, target.files ?? []);
          // The same file may be selected again.
          target.value = '';
        }}
      />
    </>
  );
}
