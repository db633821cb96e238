/** The requests and answers of the process that converts an image, and its limits. */
import {limits} from '@madang/protocol/limits';
import type {ConvertedImage} from './converted-image.ts';

const mebibyte = 1024 * 1024;

export const imageLimits = {
  /** For one frame: a photograph of 25 megapixels. */
  maxPixels: 25_000_000,
  /** For all frames together, checked before memory and time. Every viewer decodes them, too. */
  maxFramesPixels: 50_000_000,
  maxFrames: 300,
  /** Encoding an image again may make it larger, but not by much. */
  maxBytes: 2 * limits.uploadBytes,
  /** For a gateway's only converter. The gateway's container has 512 MiB more than this. */
  maxMemoryBytes: 448 * mebibyte,
  /** The processor time that an image may be expected to take. Half as fast, it still ends below `maxCpuMs`. */
  expectedCpuMs: 7_500,
  /** Processor time instead of wall-clock time, so that a busy machine refuses no image that an idle one accepts. */
  maxCpuMs: 15_000,
  /** Wall-clock time; at most what is left of `patienceMs`. */
  maxMs: 30_000,
  waiting: 20,
  maxWaitMs: 15_000,
  /**
   * Wall-clock time: how long an upload's connection may be silent while it waits, both in line and for the conversion.
   * With the steps before and after, this is less than a balancer's time-out (patience.test.ts).
   */
  patienceMs: 40_000,
  thumbnailPixels: 480,
} as const;

/** The exit codes of a converter that has used up its limits. */
export const exitCodes = {memory: 3, time: 4} as const;

export type ImageType = 'gif' | 'png' | 'jpeg' | 'webp';
export type ImageTask = {bytes: Uint8Array};
export type ImageRefusal = {refused: 'unsupported' | 'too_large' | 'invalid'; message: string};
export type ImageAnswer = ConvertedImage | ImageRefusal;
