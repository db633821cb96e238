import {z} from 'zod';
import {id, object} from './fields.ts';
import {attachment} from './messages.ts';

/** An image as it travels over HTTP: GIF, PNG, JPEG or WebP. */
export const file = z.unknown().meta({type: 'string', format: 'binary'});

/** The one part of a `multipart/form-data` body. */
export const uploadInput = object({file});
export const uploadResult = z.object({attachment});
export const fileIdInput = object({fileId: id});

export type UploadResult = z.infer<typeof uploadResult>;
export type FileIdInput = z.output<typeof fileIdInput>;
