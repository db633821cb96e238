import type {CallInput, RoomSnapshot} from '@madang/client/client';
import {useState} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../../chat/client.ts';
import {useErrorText} from '../../i18n/use-error-text.ts';
import {Alert} from '../../ui/alert.tsx';
import {Button} from '../../ui/button.tsx';
import {Checkbox} from '../../ui/checkbox.tsx';
import {Dialog} from '../../ui/dialog.tsx';
import form from '../../ui/form.module.css';
import {useAction} from '../../ui/use-action.ts';
import {CapacityField, PasswordField, roomIn, SlowField, TitleField, TopicField} from '../room-fields.tsx';
import {CloseRoom} from './close-room.tsx';

/** The settings that an owner may change, and the closing of the room. */
export default function SettingsDialog({view, onClose}: {view: RoomSnapshot; onClose: () => void}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const {room} = view;
  const [isOpen, setOpen] = useState(false);
  const {run, isBusy, error} = useAction(async (data: FormData) => {
    await client.call('room:update', {...changesIn(data), roomId: room.id});
    onClose();
  });

  return (
    <Dialog title={t('room.settings')} isOpen onClose={onClose}>
      <form
        className={form.form}
        onSubmit={(event) => {
          event.preventDefault();
          void run(new FormData(event.currentTarget));
        }}
      >
        {error !== undefined && <Alert>{errorText(error, {conflict: 'capacityTooSmall'})}</Alert>}
        <TitleField room={room} />
        <TopicField room={room} />
        <CapacityField room={room} />
        <SlowField room={room} />
        <PasswordField isLocked={room.locked} isDisabled={isOpen} />
        {room.locked && (
          <Checkbox
            label={t('settings.removePassword')}
            name="open"
            onChange={(event) => setOpen(event.target.checked)}
          />
        )}
        <div>
          <Checkbox
            label={t('settings.visibility')}
            name="private"
            defaultChecked={room.visibility === 'private'}
          />
          <Checkbox
            label={t('create.keep')}
            hint={t('create.keepHint')}
            name="keep"
            defaultChecked={!room.ephemeral}
          />
        </div>
        <div className={form.actions}>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('save')}
          </Button>
        </div>
      </form>
      <CloseRoom roomId={room.id} title={room.title} />
    </Dialog>
  );
}

function changesIn(data: FormData): Omit<CallInput<'room:update'>, 'roomId'> {
  const textOf = (name: string) => String(data.get(name)).trim();
  const [topic, slowSeconds] = [textOf('topic'), textOf('slowSeconds')];
  return {
    ...roomIn(data),
    topic: topic === '' ? null : topic,
    slowSeconds: slowSeconds === '' ? null : Number(slowSeconds),
    visibility: data.has('private') ? 'private' : 'public',
    ephemeral: !data.has('keep'),
    ...(data.has('open') ? {password: null} : {}),
  };
}
