import {Smile} from 'lucide-react';
import {lazy, Suspense, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {IconButton} from '../../ui/button.tsx';

const EmojiPicker = lazy(() => import('./emoji-picker.tsx'));

type EmojiButtonProps = {
  isDisabled?: boolean;
  className?: string | undefined;
  onPick: (emoji: string) => void;
};

/** Opens all emoji. */
export function EmojiButton({isDisabled = false, className, onPick}: EmojiButtonProps) {
  const {t} = useTranslation();
  const [anchor, setAnchor] = useState<Element>();
  return (
    <>
      <IconButton
        label={t('emoji.open')}
        className={className}
        disabled={isDisabled}
        aria-haspopup="dialog"
        aria-expanded={anchor !== undefined}
        onClick={({currentTarget}) => setAnchor(currentTarget)}
      >
        <Smile size={20} />
      </IconButton>
      {anchor !== undefined && (
        <Suspense>
          <EmojiPicker anchor={anchor} onPick={onPick} onClose={() => setAnchor(undefined)} />
        </Suspense>
      )}
    </>
  );
}
