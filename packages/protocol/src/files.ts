import {z} from 'zod';
import {id, object} from './fields.ts';
import {attachment} from './messages.ts';

const binary = {type: 'string', format: 'binary'};

/** An image as it travels over HTTP. */
export const file = z.unknown().meta({
  ...binary,
  description: 'The bytes of an image: GIF, PNG, JPEG or WebP, as `Content-Type` says.',
});

/** The one part of a `multipart/form-data` body. */
export const uploadInput = object({
  file: z.unknown().meta({
    ...binary,
    description:
      'One image: GIF, PNG, JPEG or WebP by its content, at most 5 MiB, 25 megapixels a frame, 300 frames and 50 ' +
      'megapixels together; some kinds less, as the message of `too_large` says.',
  }),
});
export const uploadResult = z.object({
  attachment: attachment.describe("The stored image: the uploader's alone until a message carries it."),
});
export const fileIdInput = object({fileId: id.describe('Id of an attachment or an avatar.')}).describe(
  'Names one image.',
);

export type UploadResult = z.infer<typeof uploadResult>;
export type FileIdInput = z.output<typeof fileIdInput>;
