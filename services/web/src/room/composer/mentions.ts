import {limits} from '@madang/protocol/limits';

/** A person who can be mentioned, by the name that the others see. */
export type Named = {id: string; name: string};

type Mentioning = {mentions?: string[]; notify?: 'room' | 'here'};

const code = /```[^]*?(?:```|$)|`[^`\n]*`/g;
const everybody = /(?<![\p{L}\p{N}@])@(room|here)(?![\p{L}\p{N}])/u;

/**
 * Returns whom a text mentions: those whose name stands after `@`, and `@room` or `@here` for everybody. What stands in code
 * mentions nobody.
 *
 * Of names that begin alike all are returned: the server, which knows all members, counts the longest.
 */
export function mentionsOf(text: string, people: readonly Named[]): Mentioning {
  const said = text.replaceAll(code, ' ').normalize('NFC');
  if (!said.includes('@')) return {};
  const placeOf = ({name}: Named) => said.indexOf(`@${name.normalize('NFC')}`);
  const ids = people
    .map((person) => [placeOf(person), person.id] as const)
    .filter(([place]) => place >= 0)
    .sort(([a], [b]) => a - b)
    .map(([, id]) => id);
  const [, notify] = everybody.exec(said) ?? [];
  return {
    ...(ids.length > 0 && {mentions: [...new Set(ids)].slice(0, limits.mentionsPerMessage)}),
    ...(notify !== undefined && {notify: notify as 'room' | 'here'}),
  };
}
