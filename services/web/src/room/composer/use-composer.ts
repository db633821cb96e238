import {CallError, type Message} from '@madang/client/client';
import {limits} from '@madang/protocol/limits';
import {useEffect, useMemo, useRef, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {client} from '../../chat/client.ts';
import {isNewWhisper, openedId} from '../../chat/new-whisper.ts';
import type {OpenRoom} from '../../chat/rooms.ts';
import {createTypist} from '../../chat/typing.ts';
import {mayWhisperByName, openWhisperByName} from '../../chat/whisper.ts';
import {useErrorText} from '../../i18n/use-error-text.ts';
import {nameOf} from '../../ui/person.tsx';
import {asTyped, parseTyped, type Typed} from './command.ts';
import {readDraft, writeDraft} from './drafts.ts';
import type {Intent} from './intent.ts';
import {mentionsOf, type Named} from './mentions.ts';
import {roomAddress} from '../../shell/room-address.ts';
import {isOwn} from '../message/message-rights.ts';
import {countChars, splitText} from './split-text.ts';

/** The most parts that are sent at once. More would be a flood. */
const maxParts = 50;

type ComposerState = {
  text: string;
  write: (text: string) => void;
  submit: () => void;
  /** Begins to edit the user's last message. Returns false if there is none. */
  editLast: () => boolean;
  /** Why the text in the field could not be sent. */
  fault: string | undefined;
  length: Length;
};

/** The length of the text to send. */
export type Length = {
  chars: number;
  /** The number of parts in which a too long text can be sent; undefined if it cannot be. */
  parts?: number | undefined;
  sendParts: () => void;
};

/** The thread that a composer writes to. */
export type ThreadTarget = {threadOf: number; replies: readonly Message[]};

/** The content of the composer, and its target: the room, a thread, one person, or an earlier message. */
export function useComposer(
  view: OpenRoom,
  thread: ThreadTarget | undefined,
  intent: Intent,
  onIntent: (intent: Intent) => void,
): ComposerState {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [, navigate] = useLocation();
  const threadOf = thread?.threadOf;
  const [draft, setDraft] = useState(() => readDraft(view.id, threadOf));
  const [wording, setWording] = useState('');
  const [fault, setFault] = useState<string>();
  const isOpening = useRef(false);
  const typist = useMemo(() => createTypist(view.id), [view.id]);
  useEffect(() => () => typist.stop(), [typist]);
  // An edit does not touch the draft, which returns afterwards.
  const isEdit = intent.kind === 'edit';
  const editedText = isEdit ? asTyped(intent.message.text) : '';
  useEffect(() => setWording(editedText), [editedText]);

  const text = isEdit ? wording : draft;
  const typed = parseTyped(text);
  const said = 'text' in typed ? typed.text : text;
  const {chars, isTooLong, parts} = useLength(said, isEdit);

  const write = (next: string) => {
    setFault(undefined);
    if (isEdit) return setWording(next);
    setDraft(next);
    writeDraft(view.id, threadOf, next);
    if (next.trim() === '' || next.startsWith('/')) typist.stop();
    else typist.write();
  };

  const submit = () => {
    const reason = reasonAgainst(typed);
    if (reason !== undefined) return setFault(reason);
    if (isTooLong) return setFault(t('room.tooLong', {count: chars - limits.textChars}));
    if (said !== '') deliver([said]);
  };

  const reasonAgainst = (what: Typed): string | undefined => {
    const isWhisper = what.kind === 'incomplete' || what.kind === 'whisper';
    if (isWhisper && !mayWhisperByName()) return t('room.unknownCommand', {command: '/w'});
    if (what.kind === 'incomplete') return isEdit ? t('room.commandInEdit') : t('room.whisperHow');
    if (what.kind === 'whisper' && isEdit) return t('room.commandInEdit');
    return what.kind === 'unknown' ? t('room.unknownCommand', {command: what.command}) : undefined;
  };

  const deliver = (texts: readonly string[]) => {
    if (intent.kind === 'edit') return void saveEdit(intent.message, texts[0]!);
    if (typed.kind === 'whisper') return void sendOpening(() => openWhisperByName(typed.name), texts);
    if (isNewWhisper(view.id)) return void sendOpening(() => openedId(view.id), texts);
    const known = peopleOf(view);
    for (const [index, part] of texts.entries()) {
      const inThread = threadOf === undefined ? {} : {threadOf};
      const replyTo = intent.kind === 'reply' && index === 0 ? {replyTo: intent.message.seq} : {};
      // The refusal is shown at the message.
      void client
        .send(view.id, {text: part, ...inThread, ...replyTo, ...mentionsOf(part, known)})
        .catch(() => undefined);
    }
    write('');
    onIntent({kind: 'new'});
  };

  const saveEdit = async ({seq, text: before}: {seq: number; text: string}, next: string) => {
    try {
      if (next !== before) await client.call('message:edit', {roomId: view.id, seq, text: next});
      onIntent({kind: 'new'});
    } catch (error) {
      setFault(errorText(error));
    }
  };

  /**
   * Sends to a whisper that may have to be opened first. Until that has succeeded, the text stays in the field. What is
   * written meanwhile is kept: in the field of the whisper's room, if the whisper begins here.
   */
  const sendOpening = async (open: () => Promise<string>, texts: readonly string[]) => {
    if (isOpening.current) return;
    isOpening.current = true;
    try {
      const roomId = await open();
      for (const part of texts) void client.send(roomId, part).catch(() => undefined);
      const kept = readDraft(view.id, threadOf);
      const later = kept === text ? '' : kept;
      write(isNewWhisper(view.id) ? '' : later);
      if (isNewWhisper(view.id)) writeDraft(roomId, undefined, later);
      navigate(roomAddress(roomId), {replace: isNewWhisper(view.id)});
    } catch (error) {
      const isNobody = typed.kind === 'whisper' && error instanceof CallError && error.code === 'not_found';
      setFault(isNobody ? t('room.noSuchPerson', {name: typed.name}) : errorText(error));
    } finally {
      isOpening.current = false;
    }
  };

  const editLast = () => {
    const last = (thread?.replies ?? view.messages).findLast(
      (message) =>
        isOwn(message) &&
        message.deletedAt === undefined &&
        message.text !== '' &&
        message.threadOf === threadOf,
    );
    if (last !== undefined) onIntent({kind: 'edit', message: last});
    return last !== undefined;
  };

  const length = {chars, parts: parts?.length, sendParts: () => parts && deliver(parts)};
  return {text, write, submit, editLast, fault, length};
}

/** Those of the room whose names the page knows: its members, who are loaded for a completion, and who has spoken. */
function peopleOf({id, room, messages}: OpenRoom): Named[] {
  const {members} = client.stores.members(id).snapshot();
  const listed = [...(room.users ?? []), ...members.map(({user}) => user)];
  const byId = new Map([
    ...messages.map(({sender}) => [sender.id, sender.name] as const),
    ...listed.map((user) => [user.id, nameOf(user)] as const),
  ]);
  return [...byId]
    .filter(([userId]) => userId !== client.user?.id)
    .map(([userId, name]) => ({id: userId, name}));
}

/** The length of a text, and the parts in which a too long one can be sent. An edit stays one message. */
function useLength(said: string, isEdit: boolean) {
  const chars = countChars(said);
  const isTooLong = chars > limits.textChars;
  const isSplit = isTooLong && !isEdit && chars <= maxParts * limits.textChars;
  const parts = useMemo(() => (isSplit ? splitText(said, limits.textChars) : undefined), [isSplit, said]);
  return {chars, isTooLong, parts};
}
