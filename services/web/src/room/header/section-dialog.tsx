import type {RoomSnapshot} from '@madang/client/client';
import {limits} from '@madang/protocol/limits';
import {useRooms} from '@madang/react';
import {useId} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../../chat/client.ts';
import {useErrorText} from '../../i18n/use-error-text.ts';
import {Alert} from '../../ui/alert.tsx';
import {Button} from '../../ui/button.tsx';
import {Dialog} from '../../ui/dialog.tsx';
import form from '../../ui/form.module.css';
import {TextField} from '../../ui/text-field.tsx';
import {useAction} from '../../ui/use-action.ts';

/** Names the section of the user's list that a room is in. Those that there are can be chosen. */
export default function SectionDialog({view, onClose}: {view: RoomSnapshot; onClose: () => void}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const listId = useId();
  const names = new Set(useRooms().flatMap(({prefs}) => prefs?.section ?? []));
  const {run, isBusy, error} = useAction(async (name: string) => {
    await client.call('room:prefs', {roomId: view.id, section: name === '' ? null : name});
    onClose();
  });
  return (
    <Dialog title={t('room.section')} isOpen onClose={onClose}>
      <form
        className={form.form}
        onSubmit={(event) => {
          event.preventDefault();
          void run(String(new FormData(event.currentTarget).get('section')).trim());
        }}
      >
        {error !== undefined && <Alert>{errorText(error)}</Alert>}
        <TextField
          label={t('room.sectionName')}
          hint={t('room.sectionHint')}
          name="section"
          autoFocus
          autoComplete="off"
          list={listId}
          maxLength={limits.sectionChars}
          defaultValue={view.prefs?.section}
        />
        <datalist id={listId}>
          {[...names].map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <div className={form.actions}>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
