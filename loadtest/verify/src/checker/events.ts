/** Compares the events that a webhook received, and those that a reader pulls, with what is stored. */
import {firstTold, type Deliveries, type Delivery, type ToldEvent} from '../history/deliveries.ts';
import type {Stored, StoredMessage} from '../history/stored.ts';
import {short, type Violation} from './violation.ts';

export function checkEvents(told: Deliveries, {messages}: Pick<Stored, 'messages'>): Violation[] {
  const first = firstTold(told.deliveries);
  return [
    ...checkCreated(first, messages),
    ...checkLastStates(told.deliveries, messages),
    ...checkOrder([...first.values()], 'told'),
    ...checkSameness(told.deliveries),
    ...checkRetries(told.deliveries),
    ...checkPulled(told, first, messages),
  ];
}

function violation(invariant: Violation['invariant'], what: string): Violation {
  return {invariant, what, evidence: []};
}

const keyOf = ({roomId, rev}: {roomId?: string | undefined; rev?: number | undefined}) => `${roomId} ${rev}`;
const ofMessages = ({type}: Pick<ToldEvent, 'type'>) =>
  type.startsWith('message.') && type !== 'message.unseen';

/** Each stored message must have been delivered as created. */
function checkCreated(first: Map<string, ToldEvent>, messages: StoredMessage[]): Violation[] {
  const created = new Set([...first.values()].filter(({type}) => type === 'message.created').map(keyOf));
  return messages
    .filter(({roomId, seq}) => !created.has(keyOf({roomId, rev: seq})))
    .map(({roomId, seq}) => violation('untold', `message ${seq} of room ${short(roomId)} was never told`));
}

/** The last change of each message must have been delivered with the stored content. */
function checkLastStates(deliveries: Delivery[], messages: StoredMessage[]): Violation[] {
  const states = new Map<string, Set<string>>();
  for (const {outcome, events} of deliveries) {
    if (outcome !== 'taken') continue;
    for (const event of events.filter(ofMessages)) {
      const known = states.get(keyOf(event)) ?? new Set();
      states.set(keyOf(event), known.add(stateOf(event)));
    }
  }
  return messages
    .filter((message) => !states.get(keyOf(message))?.has(stateOf(message)))
    .map(({roomId, seq, rev}) =>
      violation('untold', `message ${seq} of room ${short(roomId)} was not told as it is at rev ${rev}`),
    );
}

function stateOf({text, isDeleted}: {text: string | undefined; isDeleted: boolean}): string {
  return isDeleted ? 'deleted' : `text ${text}`;
}

/** Positions must only grow, and within a room the revs with them. */
function checkOrder(events: ToldEvent[], how: string): Violation[] {
  const revs = new Map<string, number>();
  let position = 0;
  const violations: Violation[] = [];
  for (const event of events) {
    const {roomId, rev} = event;
    if (event.position <= position) {
      violations.push(
        violation('told order', `position ${event.position} was ${how} first after position ${position}`),
      );
    }
    position = Math.max(position, event.position);
    if (roomId === undefined || rev === undefined) continue;
    const before = revs.get(roomId) ?? 0;
    if (rev < before) {
      const what = `rev ${rev} of room ${short(roomId)} was ${how} first after rev ${before}`;
      violations.push(violation('told order', what));
    }
    revs.set(roomId, Math.max(rev, before));
  }
  return violations;
}

/** An id must be one event, of one type and at one place. */
function checkSameness(deliveries: Delivery[]): Violation[] {
  const places = new Map<string, string>();
  const violations: Violation[] = [];
  for (const {id, type, position, roomId, rev} of deliveries.flatMap(({events}) => events)) {
    const place = [type, position, roomId, rev].join(' ');
    const known = places.get(id);
    if (known === undefined) places.set(id, place);
    else if (known !== place) violations.push(violation('told order', `${id} is ${known}, and ${place}`));
  }
  return violations;
}

/** A refused delivery must come again from where it began, to the same end, or to a nearer one if it was also late. */
function checkRetries(deliveries: Delivery[]): Violation[] {
  return deliveries.flatMap((refused, index) => {
    const next = deliveries[index + 1];
    // All of it may have been superseded, and then none of it comes again.
    const isLasting = refused.events.some(({type}) => !ofMessages({type}) || type === 'message.created');
    if (refused.outcome !== 'refused' || !next || !isLasting) return [];
    const [was, is] = [rangeOf(refused), rangeOf(next)];
    if (is.after === was.after && is.to <= was.to) return [];
    return [violation('told order', `${refused.webhookId} was refused, and ${next.webhookId} came next`)];
  });
}

function rangeOf({webhookId}: Delivery): {after: number; to: number} {
  const [after, to] = webhookId.split('_').slice(-2).map(Number);
  return {after: after!, to: to!};
}

/** A pull must return the same ids in the same order. Ids that it lacks were superseded. */
function checkPulled(
  {pulled, deliveries}: Deliveries,
  first: Map<string, ToldEvent>,
  messages: StoredMessage[],
): Violation[] {
  const ids = new Set(pulled.map(({id}) => id));
  const present = new Set(messages.map(keyOf));
  const untold = pulled.filter((event) => first.get(event.id)?.position !== event.position);
  const unpulled = [...first.values()].filter(
    (event) =>
      !ids.has(event.id) &&
      (!ofMessages(event) || event.type === 'message.created' || present.has(keyOf(event))),
  );
  const resets = deliveries.filter(({isReset}) => isReset);
  return [
    ...checkOrder(pulled, 'pulled'),
    ...(ids.size < pulled.length ? [violation('told order', 'an event is pulled twice')] : []),
    ...untold.map(({id}) => violation('untold', `${id} is pulled, and was not told at its position`)),
    ...unpulled.map(({id}) => violation('untold', `${id} was told, and is not pulled`)),
    ...resets.map(({webhookId}) => violation('untold', `${webhookId} says that something was pruned`)),
  ];
}
