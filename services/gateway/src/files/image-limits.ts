/** What is asked of, and answered by, the process that converts images, and what it may use for it. */
import {limits} from '@madang/protocol/limits';
import type {ConvertedImage} from './converted-image.ts';

export const imageLimits = {
  /** Of one frame: a photograph of 25 megapixels. */
  maxPixels: 25_000_000,
  /** Of all frames together: in memory four bytes each. */
  maxFramesPixels: 50_000_000,
  maxFrames: 300,
  /** Encoded anew an image may be larger than it came, if not by much. */
  maxBytes: 2 * limits.uploadBytes,
  maxMemoryBytes: 768 * 1024 * 1024,
  withinMs: 10_000,
  thumbnailPixels: 480,
} as const;

export type ImageType = 'gif' | 'png' | 'jpeg' | 'webp';
export type ImageTask = {bytes: Uint8Array};
export type ImageAnswer =
  | ConvertedImage
  | {refused: 'unsupported' | 'too_large' | 'invalid'; message?: string};
