import type {RoomSnapshot} from '@madang/client/client';
import {useRooms} from '@madang/react';
import {useEffect, useMemo, useState, useSyncExternalStore, type RefObject} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../../chat/client.ts';
import {may} from '../../chat/may.ts';
import {isNewWhisper} from '../../chat/new-whisper.ts';
import {titleOf} from '../../chat/room-title.ts';
import type {OpenRoom} from '../../chat/rooms.ts';
import {mayWhisperByName} from '../../chat/whisper.ts';
import {roomAddress} from '../../shell/room-address.ts';
import {nameOf} from '../../ui/person.tsx';
import {emojiCalled, findEmoji} from '../emoji/emoji.ts';
import {useEmoji} from '../emoji/use-emoji.ts';
import {replace} from './replace.ts';
import {nameBefore, triggerAt, type Trigger} from './trigger.ts';

const maxOptions = 8;
const nothing = () => () => undefined;

/** One thing that can be put in the place of what is typed. */
export type Option = {
  key: string;
  label: string;
  insert: string;
  /** What stands before the label: a person's colour, or a sign. */
  color?: string;
  sign?: string;
  hint?: string;
};

export type Completion = {
  kind: Trigger['kind'] | undefined;
  options: readonly Option[];
  chosen: number;
  choose: (index: number) => void;
  pick: (index: number) => void;
  close: () => void;
  /** Called when the caret or the text has changed. */
  onCaret: () => void;
};

/** Finds what completes the word at the caret: people, emoji, rooms or commands. */
export function useCompletion(view: OpenRoom, field: RefObject<HTMLTextAreaElement | null>): Completion {
  const [trigger, setTrigger] = useState<Trigger>();
  const [closedAt, setClosedAt] = useState<string>();
  const [chosen, setChosen] = useState(0);
  const id = trigger && `${trigger.kind}${trigger.from}`;
  const open = id === closedAt ? undefined : trigger;
  const options = useOptions(view, open);
  useNamedEmoji(field, trigger);

  const onCaret = () => {
    const {value, selectionStart, selectionEnd} = field.current!;
    const next = selectionStart === selectionEnd ? triggerAt(value, selectionStart) : undefined;
    if (next?.kind === trigger?.kind && next?.query === trigger?.query && next?.from === trigger?.from)
      return;
    setTrigger(next);
    setChosen(0);
    if (next === undefined) setClosedAt(undefined);
  };
  return {
    kind: open?.kind,
    options,
    chosen: Math.min(chosen, options.length - 1),
    choose: setChosen,
    pick: (index) => {
      const option = options[index];
      if (option === undefined || open === undefined) return;
      replace(field.current!, {from: open.from, to: field.current!.selectionStart, text: option.insert});
    },
    close: () => setClosedAt(id),
    onCaret,
  };
}

function useOptions(view: OpenRoom, trigger: Trigger | undefined): readonly Option[] {
  const {t} = useTranslation();
  const people = usePeople(view, trigger?.kind === '@');
  const everybody = useEverybody(view, people.length + 1);
  const rooms = useRooms();
  const emoji = useEmoji(trigger?.kind === ':');
  return useMemo(() => {
    if (trigger === undefined) return [];
    const {kind, query} = trigger;
    if (kind === '@') return [...matching(people, query), ...matching(everybody, query)].slice(0, maxOptions);
    if (kind === '#') return matching(rooms.flatMap(optionOfRoom), query);
    if (kind === ':')
      return findEmoji(emoji ?? [], query, maxOptions).map((one) => ({
        key: one.emoji,
        label: one.name,
        sign: one.emoji,
        insert: `${one.emoji} `,
      }));
    const whisper = {key: 'w', label: '/w', hint: t('room.whisperHow'), insert: '/w '};
    return mayWhisperByName() && 'w'.startsWith(query.toLowerCase()) ? [whisper] : [];
  }, [trigger, people, everybody, rooms, emoji, t]);
}

/** Those whose label begins with the query, then those in which a word does. */
function matching(options: readonly Option[], query: string): Option[] {
  const wanted = query.normalize('NFC').toLowerCase();
  const rankOf = ({label}: Option) => {
    const text = label.normalize('NFC').toLowerCase();
    return text.startsWith(wanted) ? 0 : text.includes(` ${wanted}`) ? 1 : 2;
  };
  const ranked = options.map((option) => [rankOf(option), option] as const).filter(([rank]) => rank < 2);
  return ranked
    .sort(([a], [b]) => a - b)
    .slice(0, maxOptions)
    .map(([, option]) => option);
}

/** The members of the room, once somebody is to be named. Who has spoken lately comes first. */
function usePeople({id, messages}: OpenRoom, isNeeded: boolean): readonly Option[] {
  const {subscribe, snapshot} = client.stores.members(id);
  // They are loaded while somebody listens.
  const {members} = useSyncExternalStore(isNeeded && !isNewWhisper(id) ? subscribe : nothing, snapshot);
  return useMemo(() => {
    if (!isNeeded) return [];
    const spoke = new Map(messages.map(({sender, seq}) => [sender.id, seq] as const));
    const others = members.filter(({user}) => user.id !== client.user?.id);
    return others
      .sort((a, b) => (spoke.get(b.user.id) ?? 0) - (spoke.get(a.user.id) ?? 0))
      .map(({user}) => ({
        key: user.id,
        label: nameOf(user),
        color: user.color,
        insert: `@${nameOf(user)} `,
      }));
  }, [isNeeded, members, messages]);
}

/** A room above this size is never notified as a whole, and one above the first only by a moderator. */
const [smallRoom, largeRoom] = [20, 1_000];

/** Everybody at once, where the user may mention them. `known` is how many members the page knows. */
function useEverybody({id, room}: OpenRoom, known: number): readonly Option[] {
  const {t} = useTranslation();
  return useMemo(() => {
    const count = Math.max(known, room.memberCount ?? 0);
    const mayNotify = count <= smallRoom || (count <= largeRoom && may(id, 'moderate'));
    if (room.kind === 'direct' || !mayNotify) return [];
    return [
      {key: 'room', label: 'room', sign: '@', insert: '@room ', hint: t('completion.everybody')},
      {key: 'here', label: 'here', sign: '@', insert: '@here ', hint: t('completion.whoIsHere')},
    ];
  }, [id, room, known, t]);
}

function optionOfRoom({id, room}: RoomSnapshot): Option[] {
  if (room.kind === 'direct') return [];
  const title = titleOf(room);
  const name = title.replaceAll(/[\\[\]*_~`]/g, String.raw`\$&`);
  const address = new URL(roomAddress(id), location.origin).href;
  return [{key: id, label: title, sign: '#', insert: `[#${name}](${address}) `}];
}

/** Replaces `:name:` by the emoji of that name as soon as its second colon is typed. */
function useNamedEmoji(field: RefObject<HTMLTextAreaElement | null>, trigger: Trigger | undefined): void {
  const [isNeeded, setNeeded] = useState(false);
  if (trigger?.kind === ':' && !isNeeded) setNeeded(true);
  const emoji = useEmoji(isNeeded);
  useEffect(() => {
    const element = field.current;
    if (element === null || emoji === undefined) return;
    const onInput = (event: Event) => {
      if ((event as InputEvent).data !== ':') return;
      const named = nameBefore(element.value, element.selectionStart);
      const found = named && emojiCalled(emoji, named.name);
      if (found) replace(element, {from: named.from, to: element.selectionStart, text: found.emoji});
    };
    element.addEventListener('input', onInput);
    return () => element.removeEventListener('input', onInput);
  }, [field, emoji]);
}
