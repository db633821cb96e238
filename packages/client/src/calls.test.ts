import {expect, test, vi} from 'vitest';
import {Caller, checkEventSize, type Link} from './calls.ts';

const roomId = '0190a000-0000-7000-8000-000000000001';

/** A connection whose acknowledgements the test sends by hand. */
function manualLink() {
  const sent: {name: string; input: unknown; acknowledge: (answer: never) => void}[] = [];
  const link: Link = (name, input, acknowledge) => void sent.push({name, input, acknowledge});
  return {link, sent};
}

test('answers with the data of the acknowledgement, and throws its error with the code', async () => {
  const {link, sent} = manualLink();
  const caller = new Caller(1_000, () => undefined);
  caller.attach(link);

  const good = caller.call('room:leave', {roomId});
  const bad = caller.call('room:join', {roomId});
  sent[0]!.acknowledge({ok: true, data: {leftAt: 4}} as never);
  const error = {code: 'rate_limited', message: 'slow', retryable: true, retryAfterMs: 9, details: {a: 1}};
  sent[1]!.acknowledge({ok: false, error} as never);

  await expect(good).resolves.toEqual({leftAt: 4});
  await expect(bad).rejects.toMatchObject(error);
});

test('tells of a result before whatever comes after it on the wire, and of a late one too', async () => {
  vi.useFakeTimers();
  try {
    const {link, sent} = manualLink();
    const told: string[] = [];
    const caller = new Caller(1_000, (name) => void told.push(name));
    caller.attach(link);

    void caller.call('room:leave', {roomId});
    sent[0]!.acknowledge({ok: true, data: {leftAt: 4}} as never);
    expect(told).toEqual(['room:leave']);

    const late = caller.call('room:join', {roomId}).catch((error: unknown) => error);
    vi.advanceTimersByTime(1_000);
    expect(await late).toMatchObject({code: 'unavailable'});
    sent[1]!.acknowledge({ok: true, data: {}} as never);
    expect(told).toEqual(['room:leave', 'room:join']);
  } finally {
    vi.useRealTimers();
  }
});

test('waits for a connection that is being made, and keeps the order of calls', async () => {
  const {link, sent} = manualLink();
  const caller = new Caller(1_000, () => undefined);
  caller.detach(true);

  const first = caller.call('room:get', {roomId});
  void caller.call('room:list', {}).catch(() => undefined);
  const typing = caller.call('typing:set', {roomId, typing: true});
  await expect(typing).rejects.toMatchObject({code: 'unavailable'});
  caller.attach(link);

  expect(sent.map(({name}) => name)).toEqual(['room:get', 'room:list']);
  caller.detach(false);
  await expect(first).rejects.toMatchObject({code: 'unavailable', retryable: true});
});

test('refuses a call while offline', async () => {
  const caller = new Caller(1_000, () => undefined);

  await expect(caller.call('room:list', {})).rejects.toMatchObject({code: 'unavailable'});
});

test('fails what is in flight when the connection is lost, and lets what waits go on waiting', async () => {
  const {link} = manualLink();
  const caller = new Caller(1_000, () => undefined);
  caller.attach(link);
  const inFlight = caller.call('room:get', {roomId});

  caller.detach(true);

  await expect(inFlight).rejects.toMatchObject({code: 'unavailable'});
});

test('refuses an event that the server would refuse for its size, counted in bytes', () => {
  expect(() => checkEventSize('message:send', {text: 'a'.repeat(60_000)})).not.toThrow();
  expect(() => checkEventSize('message:send', {text: '마'.repeat(60_000)})).toThrow(
    expect.objectContaining({code: 'too_large'}),
  );
});
