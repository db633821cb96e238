import {CallError} from '@madang/client/client';
import {useEffect, useMemo, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {client} from '../chat/client.ts';
import type {RoomView} from '../chat/rooms.ts';
import {createTypist} from '../chat/typing.ts';
import {whisperByName} from '../chat/whisper.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {readDraft, writeDraft} from './drafts.ts';
import type {Intent} from './intent.ts';
import {parseWhisper} from './whisper-command.ts';
import {roomAddress} from '../shell/room-address.ts';

type ComposerState = {
  text: string;
  write: (text: string) => void;
  submit: () => void;
  /** Begins to edit one's last message; false if there is none. */
  editLast: () => boolean;
  /** Why what is in the field could not be sent. */
  fault: string | undefined;
};

/** What is in the composer, and where it goes: to the room, to one person, or in place of an earlier wording. */
export function useComposer(
  view: RoomView,
  intent: Intent,
  onIntent: (intent: Intent) => void,
): ComposerState {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [, navigate] = useLocation();
  const [draft, setDraft] = useState(() => readDraft(view.id));
  const [wording, setWording] = useState('');
  const [fault, setFault] = useState<string>();
  const typist = useMemo(() => createTypist(view.id), [view.id]);
  useEffect(() => () => typist.stop(), [typist]);
  // Another wording does not touch the draft, which is there again afterwards.
  const isEdit = intent.kind === 'edit';
  const editedText = isEdit ? intent.message.text : '';
  useEffect(() => setWording(editedText), [editedText]);

  const write = (text: string) => {
    setFault(undefined);
    if (isEdit) return setWording(text);
    setDraft(text);
    writeDraft(view.id, text);
    if (text.trim() === '' || text.startsWith('/')) typist.stop();
    else typist.write();
  };

  const submit = () => {
    const text = (isEdit ? wording : draft).trim();
    if (text === '') return;
    if (isEdit) return void saveEdit(text);
    const whisper = parseWhisper(text);
    if (whisper === 'incomplete') return setFault(t('room.whisperHow'));
    if (whisper !== undefined) return void sendWhisper(whisper);
    const replyTo = intent.kind === 'reply' ? {replyTo: intent.message.seq} : {};
    // A refusal is told where the message stands.
    void client.send(view.id, {text, ...replyTo}).catch(() => undefined);
    write('');
    onIntent({kind: 'new'});
  };

  const saveEdit = async (text: string) => {
    if (intent.kind !== 'edit') return;
    try {
      if (text !== intent.message.text) {
        await client.call('message:edit', {roomId: view.id, seq: intent.message.seq, text});
      }
      onIntent({kind: 'new'});
    } catch (error) {
      setFault(errorText(error));
    }
  };

  const sendWhisper = async ({name, text}: {name: string; text: string}) => {
    try {
      const roomId = await whisperByName(name, text);
      write('');
      navigate(roomAddress(roomId));
    } catch (error) {
      const isNobody = error instanceof CallError && error.code === 'not_found';
      setFault(isNobody ? t('room.noSuchPerson', {name}) : errorText(error));
    }
  };

  const editLast = () => {
    const last = view.messages.findLast(
      ({sender, deletedAt, text}) => sender.id === client.user?.id && deletedAt === undefined && text !== '',
    );
    if (last !== undefined) onIntent({kind: 'edit', message: last});
    return last !== undefined;
  };

  return {text: isEdit ? wording : draft, write, submit, editLast, fault};
}
