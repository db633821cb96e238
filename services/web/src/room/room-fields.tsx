/** The fields of a room, for the dialogs that create and change one. */
import type {Room} from '@madang/client/client';
import {limits} from '@madang/protocol/limits';
import {useTranslation} from 'react-i18next';
import {TextField} from '../ui/text-field.tsx';

export function TitleField({room}: {room?: Room}) {
  const {t} = useTranslation();
  return (
    <TextField
      label={t('create.title')}
      name="title"
      required
      autoFocus
      maxLength={limits.titleChars}
      defaultValue={room?.title}
    />
  );
}

export function TopicField({room}: {room: Room}) {
  const {t} = useTranslation();
  return (
    <TextField
      label={t('settings.topic')}
      hint={t('settings.topicHint')}
      name="topic"
      maxLength={limits.topicChars}
      defaultValue={room.topic}
    />
  );
}

/** Left empty, everybody writes as fast as they like. */
export function SlowField({room}: {room: Room}) {
  const {t} = useTranslation();
  return (
    <TextField
      label={t('settings.slow')}
      hint={t('settings.slowHint')}
      name="slowSeconds"
      type="number"
      inputMode="numeric"
      min={0}
      max={limits.slowSeconds}
      defaultValue={room.slowSeconds}
    />
  );
}

/** A room with a capacity always has one, so an empty field would mean nothing. */
export function CapacityField({room}: {room?: Room}) {
  const {t} = useTranslation();
  return (
    <TextField
      label={t('create.capacity')}
      hint={t('create.capacityHint')}
      name="capacity"
      type="number"
      inputMode="numeric"
      min={limits.capacityMin}
      max={limits.capacityMax}
      defaultValue={room?.capacity}
      required={room?.capacity !== undefined}
    />
  );
}

export function PasswordField({isLocked = false, isDisabled = false}) {
  const {t} = useTranslation();
  return (
    <TextField
      label={isLocked ? t('settings.newPassword') : t('create.password')}
      hint={isLocked ? t('settings.passwordKept') : t('create.passwordHint')}
      name="password"
      type="password"
      autoComplete="new-password"
      minLength={limits.roomPasswordMinChars}
      maxLength={limits.passwordChars}
      disabled={isDisabled}
    />
  );
}

/** Returns the input. Fields that were left empty are not sent. */
export function roomIn(data: FormData): {title: string; capacity?: number; password?: string} {
  const capacity = String(data.get('capacity') ?? '');
  const password = String(data.get('password') ?? '');
  return {
    title: String(data.get('title')),
    ...(capacity === '' ? {} : {capacity: Number(capacity)}),
    ...(password === '' ? {} : {password}),
  };
}
