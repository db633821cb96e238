import {expect, test} from 'vitest';
import {Ledger, type Breach} from './ledger.ts';

function ledger(listeners = 2, base = 10) {
  const breaches: [Breach, number][] = [];
  const made = new Ledger({listeners, base}, (breach, times) => void breaches.push([breach, times]));
  const message = (seq: number, name = `m${seq}`, text = name) => ({seq, clientId: name, text});
  const all = (...seqs: number[]) => {
    for (const seq of seqs) for (let who = 0; who < listeners; who++) made.hear(who, message(seq));
  };
  const send = (name: string, seq: number) => {
    made.begin(name, name);
    made.acknowledge(name, seq);
  };
  return {made, breaches, message, all, send};
}

test('finds nothing where everyone heard everything once and in order', () => {
  const {made, breaches, message, all, send} = ledger();

  send('m11', 11);
  all(11, 13);
  send('m14', 14);
  expect(made.missing([message(11), message(13), message(14)])).toBe(2);
  all(14);

  expect(made.missing([message(11), message(13), message(14)])).toBe(0);
  made.close([message(9), message(11), message(13), message(14)]);
  expect(breaches).toEqual([]);
});

test('finds what one listener did not hear', () => {
  const {made, breaches, message, send} = ledger();

  send('m11', 11);
  made.hear(0, message(11));
  made.close([message(11)]);

  expect(breaches).toEqual([['lost', 1]]);
});

test('finds what nobody heard, though others sent it, and what came too early to count', () => {
  const {made, breaches, message} = ledger();

  made.hear(0, message(10));
  made.close([message(10), message(11)]);

  expect(breaches).toEqual([['lost', 2]]);
});

test('finds what was acknowledged, and heard, but is not stored', () => {
  const {made, breaches, all, send} = ledger();

  send('m11', 11);
  all(11);
  made.close([]);

  expect(breaches).toEqual([['lost', 1]]);
});

test('counts no send that was never acknowledged', () => {
  const {made, breaches} = ledger();

  made.begin('m11', 'm11');
  made.close([]);

  expect(breaches).toEqual([]);
});

test('finds a message that one listener hears again', () => {
  const {made, breaches, message, all} = ledger();

  all(11);
  made.hear(1, message(11));

  expect(breaches).toEqual([['repeated', 1]]);
});

test('finds a retry that was stored a second time', () => {
  const {made, breaches, message, all, send} = ledger();

  send('m11', 11);
  all(11);
  made.hear(0, message(12, 'm11'));
  expect(breaches).toEqual([['repeated', 1]]);

  breaches.length = 0;
  made.close([message(11), message(12, 'm11')]);
  expect(breaches.map(([breach]) => breach)).toContain('repeated');
});

test('finds an order that one listener sees otherwise, and one that breaks what the sender knows', () => {
  const {made, breaches, message, send} = ledger();

  made.hear(0, message(12));
  made.hear(0, message(11));
  expect(breaches).toEqual([['misordered', 1]]);

  breaches.length = 0;
  send('m13', 13);
  send('late', 9);
  expect(breaches).toEqual([['misordered', 1]]);
});

test('finds a text that came otherwise than it was sent', () => {
  const {made, breaches, message} = ledger();

  made.begin('m11', 'm11');
  made.hear(0, message(11, 'm11', 'm12'));

  expect(breaches).toEqual([['altered', 1]]);
});
