/** Images as people have them, and the request that uploads one. */
import sharp from 'sharp';
import type {WireError} from '@madang/protocol/errors';
import type {Attachment} from '@madang/protocol/messages';
import {waitFor} from '@madang/testkit/wait-for';

export type UploadAnswer = {status: number; attachment?: Attachment; error?: WireError};
export type Part = {bytes: Uint8Array; name?: string; type?: string; field?: string};

export type Credential = {cookie?: string; token?: string};

export function headersOf({cookie, token}: Credential): Record<string, string> {
  return token ? {authorization: `Bearer ${token}`} : cookie ? {cookie} : {};
}

/** One upload, tried again while it is refused only for now. */
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

/** An animation of so many frames. */
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
