import {useRef, type ReactNode} from 'react';
import {useTranslation} from 'react-i18next';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Alert} from './alert.tsx';
import {Button} from './button.tsx';
import {Dialog} from './dialog.tsx';
import form from './form.module.css';
import {useAction} from './use-action.ts';

export type Question = {
  title: string;
  lead: string;
  /** The text of the confirming button. */
  action: string;
  act: () => Promise<unknown>;
};

/** Asks before an action that cannot be undone. The easiest inputs cancel it: Escape, Enter, and a press beside it. */
export default function ConfirmDialog({
  question,
  onClose,
}: {
  question: Question;
  onClose: () => void;
}): ReactNode {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const cancel = useRef<HTMLButtonElement>(null);
  const {run, isBusy, error} = useAction(async () => {
    await question.act();
    onClose();
  });
  return (
    <Dialog title={question.title} isOpen initialFocus={cancel} onClose={onClose}>
      <p>{question.lead}</p>
      {error !== undefined && <Alert>{errorText(error)}</Alert>}
      <div className={form.actions}>
        <Button ref={cancel} onClick={onClose}>
          {t('cancel')}
        </Button>
        <Button look="danger" isBusy={isBusy} onClick={() => void run()}>
          {question.action}
        </Button>
      </div>
    </Dialog>
  );
}
