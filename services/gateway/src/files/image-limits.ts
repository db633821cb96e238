/** What is asked of, and answered by, the process that converts an image, and what it may use for it. */
import {limits} from '@madang/protocol/limits';
import type {ConvertedImage} from './converted-image.ts';

const mebibyte = 1024 * 1024;

export const imageLimits = {
  /** Of one frame: a photograph of 25 megapixels. */
  maxPixels: 25_000_000,
  /** Of all frames together, before memory and time are asked. Every viewer decodes them, too. */
  maxFramesPixels: 50_000_000,
  maxFrames: 300,
  /** Encoded again, an image may be larger than it came, if not by much. */
  maxBytes: 2 * limits.uploadBytes,
  /** Of the one converter of a gateway, whose container has 512 MiB more than this. */
  maxMemoryBytes: 448 * mebibyte,
  /** What an image may be expected to take of a processor. One that is half as fast still ends below `maxCpuMs`. */
  expectedCpuMs: 7_500,
  /** Of a processor and not of the clock, so that a busy machine refuses no image that an idle one takes. */
  maxCpuMs: 15_000,
  /** Of the clock, or what is left of `patienceMs`. */
  maxMs: 30_000,
  waiting: 20,
  maxWaitMs: 15_000,
  /**
   * Of the clock: how long an upload's connection may be silent while it waits for its turn, in line and for the conversion.
   * With the steps before and after, this is less than a balancer waits for an answer (patience.test.ts).
   */
  patienceMs: 40_000,
  thumbnailPixels: 480,
} as const;

/** How a converter exits that has used up what it may. */
export const exitCodes = {memory: 3, time: 4} as const;

export type ImageType = 'gif' | 'png' | 'jpeg' | 'webp';
export type ImageTask = {bytes: Uint8Array};
export type ImageRefusal = {refused: 'unsupported' | 'too_large' | 'invalid'; message: string};
export type ImageAnswer = ConvertedImage | ImageRefusal;
