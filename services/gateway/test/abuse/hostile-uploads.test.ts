// Promise 8 for files: every upload is refused with a code or becomes pixels, and the node keeps working as before.
import {readFileSync} from 'node:fs';
import sharp from 'sharp';
import {afterAll, beforeAll, expect, onTestFinished, test} from 'vitest';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import {hostileImages, type Hostile} from '../support/hostile-images.ts';
import {photo, upload} from '../support/uploads.ts';

const allowedGrowth = 64 * 1024 * 1024;

let cluster: ProcessCluster;
let url: string;
let people: SignedIn[];

beforeAll(async () => {
  cluster = await startCluster({gateways: 1});
  ({url} = cluster.gateways[0]!);
  people = [await signInGuest(url), await signInGuest(url)];
}, 120_000);
afterAll(() => cluster.stop());

/** Memory of the gateway's process, without the processes that decode images. */
function memory(): number {
  const status = readFileSync(`/proc/${cluster.gateways[0]!.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
}

test('fifty-four hostile uploads are refused or inert, and the gateway grows by less than 64 MiB', async () => {
  const hostile = await hostileImages();
  const large = await photo(3_000, 2_000);
  for (const who of people) await upload(url, who, {bytes: large});
  const before = memory();
  let most = before;
  const sampling = setInterval(() => (most = Math.max(most, memory())), 50);
  onTestFinished(() => clearInterval(sampling));

  const outcomes: unknown[] = [];
  const passers: Hostile[] = [];
  // Two at a time, so that one waits.
  await Promise.all(
    people.map(async (who) => {
      for (let next = hostile.shift(); next; next = hostile.shift()) {
        const {attachment, error} = await upload(url, who, next.part);
        if ('refused' in next) {
          const isRefused = error !== undefined && next.refused.includes(error.code);
          if (!isRefused) outcomes.push([next.what, error ?? attachment]);
          continue;
        }
        passers.push(next);
        if (attachment === undefined) {
          outcomes.push([next.what, error]);
          continue;
        }
        expect(await shown(attachment.url, who)).toEqual(asPixels(next));
        expect(attachment.name).toMatch(/^[^/\\<>"\r\n]{1,80}\.(png|jpg|gif)$/);
      }
    }),
  );

  expect(outcomes).toEqual([]);
  expect(passers).toHaveLength(13);
  expect(most - before).toBeLessThan(allowedGrowth);
}, 300_000);

test('what is no upload at all is refused, and an honest one is taken after all that', async () => {
  const [{cookie}] = people as [SignedIn];
  const post = async (type: string, body: string) => {
    const answer = await fetch(`${url}/api/v1/files`, {
      method: 'POST',
      headers: {cookie, ...(type ? {'content-type': type} : {})},
      body,
    });
    return ((await answer.json()) as {error: {code: string}}).error.code;
  };
  const part = (head: string, content = 'x') =>
    `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`;
  const form = 'multipart/form-data; boundary=b';

  expect(await post('application/json', '{"file": "x"}')).toBe('unsupported');
  expect(await post('image/png', '\x89PNG')).toBe('unsupported');
  expect(await post('multipart/form-data', part('name="file"; filename="x"'))).toBe('invalid');
  expect(await post(form, '')).toBe('invalid');
  expect(await post(form, '--b--\r\n')).toBe('invalid');
  expect(await post(form, part('name="file"; filename="x.png"'))).toBe('invalid');
  expect(await post(form, `${part('name="other"; filename="x.png"')}--b--`)).toBe('invalid');
  expect(await post(form, `${part('name="roomId"', 'value')}--b--`)).toBe('invalid');
  const twice = part('name="file"; filename="x.png"').repeat(2);
  expect(await post(form, `${twice}--b--`)).toBe('invalid');
  expect(await post(form, `--b\r\n${'X-Header: 1\r\n'.repeat(5_000)}\r\nx\r\n--b--`)).toBe('invalid');
  expect((await upload(url, {cookie}, {bytes: await photo(100, 100)})).status).toBe(201);
});

/** What a reader of the image gets. */
async function shown(path: string, {cookie}: SignedIn) {
  const answer = await fetch(url + path, {headers: {cookie}});
  const bytes = Buffer.from(await answer.arrayBuffer());
  const {format, exif, comments} = await sharp(bytes).metadata();
  return {
    type: answer.headers.get('content-type'),
    sniffing: answer.headers.get('x-content-type-options'),
    policy: answer.headers.get('content-security-policy'),
    injected: answer.headers.get('x-injected'),
    hasText: bytes.includes('alert(') || exif !== undefined || comments !== undefined,
    isWhatItSays: `image/${format}` === answer.headers.get('content-type'),
  };
}

function asPixels({part}: Hostile) {
  const head = Buffer.from(part.bytes).toString('latin1', 0, 4);
  const type = head.startsWith('GIF8') ? 'gif' : head.startsWith('\xff\xd8') ? 'jpeg' : 'png';
  return {
    type: `image/${type}`,
    sniffing: 'nosniff',
    policy: "default-src 'none'; sandbox",
    injected: null,
    hasText: false,
    isWhatItSays: true,
  };
}
