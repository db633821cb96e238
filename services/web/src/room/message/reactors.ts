import type {Message} from '@madang/client/client';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {client} from '../../chat/client.ts';
import {meet, presentNames} from '../../chat/people.ts';

export type Reaction = NonNullable<NonNullable<Message['annotations']>['reactions']>[number];

/** Returns who reacted, as a list of names: those that are known, and how many others. */
export function useWho({by, count, mine}: Reaction): string {
  const {t, i18n} = useTranslation();
  const me = client.user?.id;
  const known = useStore(presentNames, ({byId}) =>
    by
      .flatMap((id) => (id === me ? [] : (byId.get(id) ?? [])))
      // A name has no line breaks.
      .join('\n'),
  );
  const names = [...(mine ? [t('reaction.you')] : []), ...(known === '' ? [] : known.split('\n'))];
  const others = count - names.length;
  if (others > 0) names.push(t(names.length === 0 ? 'reaction.people' : 'reaction.others', {count: others}));
  return new Intl.ListFormat(i18n.language).format(names);
}

/** Asks for the names of those who reacted where one is not known. */
export function meetThose(roomId: string, seq: number, {emoji, by}: Reaction): void {
  const {byId} = presentNames.getState();
  if (by.every((id) => byId.has(id))) return;
  client
    .call('reaction:list', {roomId, seq, emoji})
    .then(({users}) => meet(users))
    .catch(() => undefined);
}
