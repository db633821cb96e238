/** How each deed of the grant matrix is tried: with input that would succeed if the actor had the grant. */
import {randomUUID} from 'node:crypto';
import type {Message} from '@madang/protocol/messages';
import type {Input, Outcome} from './access-cast.ts';
import type {Deed} from './grant-tables.ts';
import type {Actor, Over, PresetCast} from './preset-cast.ts';
import {drawing, upload} from './uploads.ts';

/** Each deed is tried in one room. */
export type Stage = {cast: PresetCast; type: string; roomId: string};

/**
 * The outcome over each transport, with the same input except for values that must be new: `ok`, the code of the
 * refusal, or `hidden` if nothing of the past is shown.
 */
export async function attempt(stage: Stage, {name, what}: Deed, actor: Actor, overs: readonly Over[]) {
  const deed = what === undefined ? name : `${name}+${what}`;
  const input = await inputOf(stage, deed, actor);
  const outcomes: Outcome[] = [];
  for (const over of overs) {
    // An image can be sent only once, and a repeated clientId returns the earlier message.
    const renewed: Input = name === 'message:send' ? {clientId: randomUUID()} : {};
    if (what === 'image' && outcomes[0]?.code === 'ok') {
      renewed['attachmentIds'] = [await imageOf(stage.cast, actor)];
    }
    const outcome = await stage.cast.call(actor, name, over, {...input, ...renewed});
    outcomes.push(isHidden(name, outcome) ? {code: 'hidden'} : outcome);
  }
  return outcomes;
}

/** Without the grant they answer, and leave out what was before. */
export const hiding = new Set(['message:list', 'message:search', 'room:sync']);

function isHidden(name: string, {code, result}: Outcome): boolean {
  if (code !== 'ok' || !hiding.has(name)) return false;
  const {
    messages,
    hits,
    entries = [],
  } = result as {
    messages?: Message[];
    hits?: Message[];
    entries?: {message?: Message}[];
  };
  const shown = messages ?? hits ?? entries.map(({message}) => message);
  return !shown.some((message) => message?.text === 'before');
}

async function inputOf({cast, type, roomId}: Stage, deed: string, actor: Actor): Promise<Input> {
  const sent = async (who: Actor) => ({roomId, seq: await say(cast, roomId, who)});
  const message = {roomId, text: 'hello'};
  const inputs: Record<string, () => Input | Promise<Input>> = {
    'room:create': () => ({title: 'Another', type}),
    'room:join': () => ({roomId}),
    'member:add': () => ({roomId, userId: cast.idOf('newcomer')}),
    'invite:create': () => ({roomId, expiresInS: 600}),
    'room:members': () => ({roomId}),
    'message:list': () => ({roomId}),
    'message:search': () => ({roomId, query: 'before'}),
    'room:sync': () => ({roomId, after: 0}),
    'message:send': () => message,
    'reaction:set': async () => ({roomId, seq: await say(cast, roomId, 'owner'), emoji: '👍', on: true}),
    'message:send+image': async () => ({...message, attachmentIds: [await imageOf(cast, actor)]}),
    'message:send+data': () => ({...message, data: {order: 7}}),
    'message:edit+data': async () => ({...(await sent(actor)), data: {order: 8}}),
    'message:edit': async () => ({...(await sent(actor)), text: 'edited'}),
    'message:delete': () => sent(actor),
    "message:delete+another's": () => sent(actor === 'owner' ? 'member' : 'owner'),
    'message:pin': async () => ({roomId, seq: await say(cast, roomId, 'owner'), on: true}),
    'member:update+mute': () => ({roomId, userId: cast.idOf('target'), mutedUntil: inAnHour()}),
    'member:remove': () => ({roomId, userId: cast.idOf('leaver')}),
    'member:update+ban': () => ({roomId, userId: cast.idOf('outcast'), banned: true}),
    'room:update': () => ({roomId, title: 'Renamed'}),
    'room:truncate': () => ({roomId, before: 1}),
    'member:update+role': () => ({roomId, userId: cast.idOf('target'), role: 'moderator'}),
    'room:close': () => ({roomId}),
  };
  return inputs[deed]!();
}

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

/** A message by the actor or, if the actor is no member, by the owner. */
async function say(cast: PresetCast, roomId: string, who: Actor): Promise<number> {
  const body = {clientId: randomUUID(), text: 'mine'};
  const path = `/rooms/${roomId}/messages`;
  const as = who === 'stranger' ? 'owner' : who;
  const {seq} = await (who === 'service'
    ? cast.byService<{seq: number}>('POST', path, body)
    : cast.byServer<{seq: number}>('POST', path, body, as));
  return seq;
}

let image: Promise<Buffer> | undefined;
async function imageOf(cast: PresetCast, actor: Actor): Promise<string> {
  image ??= drawing(8, 8);
  const {attachment} = await upload(cast.url, cast.credentialOf(actor), {bytes: await image});
  return attachment!.id;
}
