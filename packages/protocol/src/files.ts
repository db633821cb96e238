import {z} from 'zod';
import {id, list, object, text, wireTime} from './fields.ts';
import {limits} from './limits.ts';
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
      'One image: GIF, PNG, JPEG or WebP by its content, at most 5 MiB, 25 megapixels and 300 frames; some kinds and ' +
      'animations less, as the message of `too_large` says.',
  }),
});
export const uploadResult = z.object({
  attachment: attachment.describe("The stored image: the uploader's alone until a message carries it."),
});
export const fileIdInput = object({
  fileId: id.describe('Id of an attachment or an avatar.'),
  signature: text(1, 300)
    .describe(
      'Of an address that `file:sign` gave: it stands for the credential of the user who asked for it.',
    )
    .optional(),
}).describe('Names one image.');

export const signFilesInput = object({
  ids: list(id, 1, limits.filesSigned).describe(`Ids of 1 to ${limits.filesSigned} images.`),
});
export const signFilesResult = z.object({
  files: z
    .array(
      z.object({
        id: z.uuid().describe('Id of the image.'),
        url: z
          .string()
          .describe('Where the image is for an hour, without a credential, as a path on this cluster.'),
        thumbnailUrl: z.string().describe('Where its thumbnail is, likewise.'),
        expiresAt: wireTime('Until when both addresses can be used.'),
      }),
    )
    .describe(
      'In the order asked for. Whether the caller may see the image is looked at when it is asked for, each time.',
    ),
});

export type UploadResult = z.infer<typeof uploadResult>;
export type FileIdInput = z.output<typeof fileIdInput>;
export type SignFilesInput = z.output<typeof signFilesInput>;
export type SignFilesResult = z.infer<typeof signFilesResult>;
