/** Typical images, and the request that uploads one. */
import sharp from 'sharp';
import type {WireError} from '@madang/protocol/errors';
import type {Attachment} from '@madang/protocol/messages';
import {waitFor} from '@madang/testkit/wait-for';
import {readChunks, type Chunk} from '../../src/files/png-chunks.ts';

export type UploadAnswer = {status: number; attachment?: Attachment; error?: WireError};
export type Part = {bytes: Uint8Array; name?: string; type?: string; field?: string};

export type Credential = {cookie?: string; token?: string; headers?: Record<string, string>};

export function headersOf({cookie, token, headers}: Credential): Record<string, string> {
  return {...headers, ...(token ? {authorization: `Bearer ${token}`} : cookie ? {cookie} : {})};
}

/** One upload, repeated while the refusal is temporary. */
export function upload(url: string, credential: Credential, part: Part): Promise<UploadAnswer> {
  return waitFor(
    async () => {
      const answer = await uploadOnce(url, credential, part);
      const isBusy = answer.error?.code === 'overloaded' || answer.error?.code === 'unavailable';
      return !isBusy && answer;
    },
    {timeoutMs: 60_000, what: 'an upload to be decided', everyMs: 200},
  );
}

export async function uploadOnce(
  url: string,
  credential: Credential,
  {bytes, name = 'image.png', type = 'image/png', field = 'file'}: Part,
): Promise<UploadAnswer> {
  const form = new FormData();
  form.append(field, new File([Buffer.from(bytes)], name, {type}));
  const answer = await fetch(`${url}/api/v1/files`, {
    method: 'POST',
    headers: headersOf(credential),
    body: form,
  });
  return {status: answer.status, ...((await answer.json()) as object)};
}

const noise = (width: number, height: number) => ({
  create: {
    width,
    height,
    channels: 3 as const,
    background: '#336699',
    noise: {type: 'gaussian' as const, mean: 128, sigma: 40},
  },
});

export const photo = (width = 1_200, height = 800) =>
  sharp(noise(width, height))
    .withExif({IFD0: {Copyright: 'secret place'}})
    .jpeg()
    .toBuffer();
export const drawing = (width = 300, height = 200) => sharp(noise(width, height)).png().toBuffer();

/** An animation with that many frames. */
export async function animation(
  frames: number,
  as: 'gif' | 'webp' = 'gif',
  [width, height] = [40, 30],
): Promise<Buffer> {
  const images = await Promise.all(
    Array.from({length: frames}, (_, no) =>
      sharp({create: {width, height, channels: 3, background: {r: (no * 40) % 256, g: no % 256, b: 90}}})
        .png()
        .toBuffer(),
    ),
  );
  return sharp(images, {join: {animated: true}})
    .toFormat(as)
    .toBuffer();
}

/** The chunks of an animated PNG without its end: a header, `acTL`, and for each frame its control and pixels. */
export async function animatedPng(frames: number, [width, height] = [40, 30]): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  let sequence = 0;
  for (let no = 0; no < frames; no += 1) {
    const background = {r: (no * 40) % 256, g: no % 256, b: 90};
    const still = await sharp({create: {width, height, channels: 3, background}})
      .png()
      .toBuffer();
    const parts = [...readChunks(still)];
    if (no === 0) chunks.push(parts[0]!, {type: 'acTL', data: uint32s(frames, 0)});
    const control = Buffer.concat([
      uint32s(sequence++, width, height, 0, 0),
      Buffer.from([0, 1, 0, 10, 0, 0]),
    ]);
    chunks.push({type: 'fcTL', data: control});
    for (const {data} of parts.filter(({type}) => type === 'IDAT')) {
      if (no === 0) chunks.push({type: 'IDAT', data});
      else chunks.push({type: 'fdAT', data: Buffer.concat([uint32s(sequence++), data])});
    }
  }
  return chunks;
}

function uint32s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [no, value] of values.entries()) bytes.writeUInt32BE(value, 4 * no);
  return bytes;
}
