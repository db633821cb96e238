import {expect, test} from 'vitest';
import type {Deliveries, Delivery, ToldEvent} from '../history/deliveries.ts';
import type {StoredMessage} from '../history/stored.ts';
import {checkEvents} from './events.ts';

const roomId = 'room-1';

function created(seq: number, text = `t${seq}`): ToldEvent {
  const place = {position: seq, roomId, rev: seq, seq};
  return {id: `evt_${seq}`, type: 'message.created', ...place, text, isDeleted: false};
}
function updated(position: number, seq: number, text: string): ToldEvent {
  const place = {position, roomId, rev: position, seq};
  return {id: `evt_${position}`, type: 'message.updated', ...place, text, isDeleted: false};
}
function delivery(events: ToldEvent[], outcome: Delivery['outcome'] = 'taken', after?: number): Delivery {
  const from = after ?? events[0]!.position - 1;
  const webhookId = `msg_webhook_${from}_${events.at(-1)!.position}`;
  return {at: 0, webhookId, outcome, events, isReset: false};
}
function message(seq: number, {rev = seq, text = `t${seq}`} = {}): StoredMessage {
  return {
    roomId,
    seq,
    rev,
    senderId: 'ann',
    clientId: `c${seq}`,
    text,
    isDeleted: false,
    mentions: [],
    replyTo: null,
  };
}

/** Returns what the checker reports, each once. */
function find(
  deliveries: Delivery[],
  messages: StoredMessage[] = [message(1), message(2), message(3)],
  more: Partial<Deliveries> = {},
): string[] {
  const pulled = [created(1), created(2), created(3)];
  const told = {deliveries, troubles: [], pulled, position: 3, ...more};
  return [...new Set(checkEvents(told, {messages}).map(({invariant}) => invariant))];
}

test('finds nothing where all was told in order, some of it twice', () => {
  const [one, two, three] = [created(1), created(2), created(3)];

  expect(find([delivery([one, two]), delivery([one, two]), delivery([three])])).toEqual([]);
  expect(find([delivery([one, two], 'refused'), delivery([one, two]), delivery([three])])).toEqual([]);
  expect(find([delivery([one, two], 'unanswered'), delivery([one]), delivery([two, three])])).toEqual([]);
});

test('finds a message that was never taken', () => {
  expect(find([delivery([created(1)]), delivery([created(3)], 'taken', 1)])).toContain('untold');
  expect(find([delivery([created(1), created(2)]), delivery([created(3)], 'refused')])).toContain('untold');
});

test('finds what is told out of order, and not what comes again', () => {
  const late = [delivery([created(2)]), delivery([created(1)]), delivery([created(3)])];
  expect(find(late)).toContain('told order');
  const again = [delivery([created(1), created(2)]), delivery([created(1)]), delivery([created(3)])];
  expect(find(again)).toEqual([]);
});

test('finds a last state that was not told', () => {
  const messages = [message(1, {rev: 4, text: 'new'}), message(2), message(3)];
  const first = delivery([created(1, 'new'), created(2), created(3)]);
  const pulled = [created(1), created(2), created(3), updated(4, 1, 'new')];

  expect(find([first, delivery([updated(4, 1, 'new')])], messages, {pulled})).toEqual([]);
  expect(find([first, delivery([updated(4, 1, 'old')])], messages, {pulled})).toEqual(['untold']);
  expect(find([first], messages)).toEqual(['untold']);
});

test('a change that another one superseded may be told, and need not be pulled', () => {
  const messages = [message(1, {rev: 5, text: 'new'}), message(2), message(3)];
  const pulled = [created(1), created(2), created(3), updated(5, 1, 'new')];
  const told = [
    delivery([created(1, 'old'), created(2), created(3), updated(4, 1, 'old')]),
    delivery([updated(5, 1, 'new')]),
  ];

  expect(find(told, messages, {pulled})).toEqual([]);
});

test('finds an id that names two things', () => {
  const other = {...created(2), id: 'evt_1'};

  expect(find([delivery([created(1), created(2), created(3)]), delivery([other])])).toContain('told order');
});

test('finds a retry that goes beyond what was refused, or begins elsewhere', () => {
  const [one, two, three] = [created(1), created(2), created(3)];

  expect(find([delivery([one], 'refused'), delivery([one, two, three])])).toEqual(['told order']);
  const skipped = [delivery([one, two]), delivery([one, two], 'refused'), delivery([three])];
  expect(find(skipped)).toEqual(['told order']);
});

test('finds that a pull differs', () => {
  const all = [delivery([created(1), created(2), created(3)])];

  expect(find(all, undefined, {pulled: [created(1), created(3)]})).toEqual(['untold']);
  expect(find(all, undefined, {pulled: [created(2), created(1), created(3)]})).toEqual(['told order']);
  const pulled = [created(1), created(2), created(3), updated(4, 3, 't3')];
  expect(find(all, undefined, {pulled})).toEqual(['untold']);
});

test('finds a reset, since nothing is pruned in a run', () => {
  const all = delivery([created(1), created(2), created(3)]);

  expect(find([{...all, isReset: true}])).toEqual(['untold']);
});
