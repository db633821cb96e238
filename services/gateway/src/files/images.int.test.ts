// With real processes, as on a node.
import {setTimeout as sleep} from 'node:timers/promises';
import sharp from 'sharp';
import {afterEach, expect, test} from 'vitest';
import {createImages, type ImagesOptions} from './images.ts';

let images: ReturnType<typeof createImages>;
afterEach(() => images.close());

const started = (options: ImagesOptions = {}) => (images = createImages(options));
const picture = (width: number) =>
  sharp({create: {width, height: 20, channels: 3, background: '#345'}})
    .png()
    .toBuffer();

test('converts one image after the other', async () => {
  const {convert} = started();
  const pictures = await Promise.all([10, 20, 30, 40].map((width) => picture(width)));

  const converted = await Promise.all(pictures.map((bytes) => convert(bytes)));

  expect(converted.map(({width}) => width)).toEqual([10, 20, 30, 40]);
});

test('puts off what finds the line full', async () => {
  const {convert} = started({mostWaiting: 1});
  const bytes = await picture(20);
  const answers = await Promise.allSettled([convert(bytes), convert(bytes), convert(bytes)]);

  expect(answers.map(({status}) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(answers[2]).toMatchObject({reason: {code: 'overloaded', retryAfterMs: 2_000}});
});

test('puts off what has waited too long, and goes on', async () => {
  const {convert} = started({maxWaitMs: 0});
  const bytes = await picture(20);
  const first = convert(bytes);

  await expect(convert(bytes)).rejects.toMatchObject({code: 'overloaded'});
  await expect(first).resolves.toMatchObject({type: 'image/png'});
});

test('puts off what would be ready after nobody waits for it any more, in line or while it is converted', async () => {
  const {convert} = started();
  const bytes = await picture(20);
  const first = convert(bytes);

  await expect(convert(bytes, {withinMs: 0})).rejects.toMatchObject({code: 'overloaded'});
  await expect(convert(bytes, {withinMs: 1})).rejects.toMatchObject({code: 'overloaded'});
  await expect(first).resolves.toMatchObject({width: 20});
  // Its turn comes at once, but no picture is converted in a millisecond.
  await expect(convert(bytes, {withinMs: 1})).rejects.toMatchObject({code: 'overloaded'});
  await expect(convert(bytes)).resolves.toMatchObject({width: 20});
});

test('refuses no image that comes while the idle process ends', async () => {
  const {convert} = started({idleMs: 0});
  const bytes = await picture(20);

  for (let ms = 0; ms < 8; ms += 1) {
    await expect(convert(bytes)).resolves.toMatchObject({width: 20});
    // Makes the next image arrive at another moment while the process ends.
    await sleep(ms);
  }
}, 60_000);

test('refuses what takes more memory than it may, and converts the next', async () => {
  const {convert} = started();
  const large = Buffer.alloc(300 * 1024 * 1024);
  (await picture(20)).copy(large);

  await expect(convert(large)).rejects.toMatchObject({
    code: 'too_large',
    message: 'The image takes too much memory to convert. Send it smaller, or as a JPEG.',
  });
  await expect(convert(await picture(20))).resolves.toMatchObject({type: 'image/png'});
});

test('puts off what comes while the process cannot be started, and goes on once it can', async () => {
  const {convert} = started();
  const bytes = await picture(20);
  const {execPath} = process;
  process.execPath = '/nonexistent/node';
  try {
    await expect(convert(bytes)).rejects.toMatchObject({code: 'overloaded'});
  } finally {
    process.execPath = execPath;
  }

  await expect(convert(bytes)).resolves.toMatchObject({type: 'image/png'});
});
