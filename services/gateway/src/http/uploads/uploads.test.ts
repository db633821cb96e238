import {IncomingMessage} from 'node:http';
import {Socket} from 'node:net';
import type {Request} from 'express';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createUploads} from './uploads.ts';

const fiveMiB = 5 * 1024 * 1024 - 1_024;
const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n';
const tail = '\r\n--b--\r\n';

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'],
    }),
);
afterEach(() => void vi.useRealTimers());

function requestOf(userId: string) {
  const req = new IncomingMessage(new Socket());
  req.headers['content-type'] = 'multipart/form-data; boundary=b';
  return Object.assign(req, {userId, is: () => 'multipart/form-data'}) as unknown as Request &
    IncomingMessage;
}

/** Resolves once pushed data has been read. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

function end(req: IncomingMessage) {
  req.push(tail);
  req.complete = true;
  req.push(null);
}

test('a body of 5 MiB at 60 KiB a second is read to its end', async () => {
  const req = requestOf('ann');
  const reading = createUploads().begin(req).read();
  req.push(head);
  for (let sent = 0; sent < fiveMiB; sent += 60 * 1024) {
    req.push(Buffer.alloc(Math.min(60 * 1024, fiveMiB - sent)));
    await turn();
    vi.advanceTimersByTime(1_000);
  }
  end(req);

  expect((await reading).bytes).toHaveLength(fiveMiB);
});

test('a body that stalls, or drips, is refused as broken off', async () => {
  const req = requestOf('ann');
  const reading = createUploads().begin(req).read();
  const refused = expect(reading).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('stalled'),
  });
  req.push(head + 'x'.repeat(4_096));
  for (let second = 0; second < 31; second += 1) {
    await turn();
    req.push('x');
    vi.advanceTimersByTime(1_000);
  }

  await refused;
});

test('one body of a user is read at a time, and the next when it is done', async () => {
  const uploads = createUploads();
  const [first, second, others] = [requestOf('ann'), requestOf('ann'), requestOf('ben')];
  const [one, two, three] = [uploads.begin(first), uploads.begin(second), uploads.begin(others)];
  const reading = [one.read(), two.read(), three.read()] as const;
  for (const req of [first, second, others]) req.push(head);
  await turn();

  expect([first, second, others].map((req) => req.listenerCount('data') > 0)).toEqual([true, false, true]);
  end(first);
  await reading[0];
  one.end();
  end(second);
  end(others);
  await expect(Promise.all(reading)).resolves.toHaveLength(3);
});

test('an upload knows how long its turn did not come', async () => {
  const uploads = createUploads();
  const [first, second] = [requestOf('ann'), requestOf('ann')];
  const [one, two] = [uploads.begin(first), uploads.begin(second)];
  const reading = [one.read(), two.read()] as const;
  for (const req of [first, second]) req.push(head);
  await turn();
  vi.advanceTimersByTime(12_000);
  end(first);

  expect(await reading[0]).toMatchObject({waitedMs: 0});
  one.end();
  await turn();
  vi.advanceTimersByTime(5_000);
  end(second);

  expect(await reading[1]).toMatchObject({waitedMs: 12_000});
});

test('a user cannot make any number of bodies wait, nor one wait without end', async () => {
  const uploads = createUploads();
  const all = Array.from({length: 12}, () => uploads.begin(requestOf('ann')).read());
  const overloaded = {code: 'overloaded', message: expect.stringContaining('earlier uploads')};

  await expect(all[11]).rejects.toMatchObject(overloaded);
  const later = Promise.allSettled(all.slice(1, 11));
  await turn();
  vi.advanceTimersByTime(31_000);
  for (const {status} of await later) expect(status).toBe('rejected');
  await expect(all[0]).rejects.toMatchObject({code: 'invalid'});
});

test('a body without a length is refused once it is too long, whatever is in it', async () => {
  const req = requestOf('ann');
  const reading = createUploads().begin(req).read();
  const refused = expect(reading).rejects.toMatchObject({code: 'too_large'});
  for (let sent = 0; sent < 6 * 1024 * 1024; sent += 64 * 1024) {
    req.push(Buffer.alloc(64 * 1024, 'no boundary '));
    await turn();
  }

  await refused;
});
