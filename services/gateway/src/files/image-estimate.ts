/** Estimates from its header what an image costs to convert. If it costs too much, it is refused before decoding. */
import {imageLimits, type ImageRefusal, type ImageType} from './image-limits.ts';

const {maxPixels, maxFramesPixels, maxFrames, maxMemoryBytes, expectedCpuMs} = imageLimits;

/** Node and libvips with an image of one pixel, and the bytes of the upload, some of them twice. */
const baseBytes = 96 * 1024 * 1024;

export type ImageHeader = {
  type: ImageType;
  /** The size of one frame. */
  width: number;
  height: number;
  frames: number;
  hasAlpha?: boolean;
};

type Kind = ImageType | 'webp with alpha' | `animated ${Exclude<ImageType, 'jpeg'>}`;

/**
 * The cost of a pixel: bytes of memory, for one frame, and nanoseconds of processor time. Measured with sharp 0.35 at
 * 12 to 25 megapixels, with the worst content of each kind that fits into an upload.
 */
const costs: Record<Kind, {bytes: number; ns: number}> = {
  jpeg: {bytes: 9, ns: 120},
  png: {bytes: 9, ns: 250},
  'animated png': {bytes: 16, ns: 300},
  webp: {bytes: 23, ns: 300},
  'webp with alpha': {bytes: 43, ns: 1_000},
  'animated webp': {bytes: 28, ns: 700},
  gif: {bytes: 16, ns: 150},
  'animated gif': {bytes: 16, ns: 350},
};

/** For an animation, libvips keeps more than the current frame. */
const bytesOfAnimatedPixel = 6.5;

/** Says in megapixels what would be accepted for its kind; undefined if the image is accepted. */
export function refusalOf(header: ImageHeader): ImageRefusal | undefined {
  const {width, height, frames} = header;
  const [pixels, accepted] = [width * height, acceptedPixels(header)];
  if (frames > maxFrames)
    return tooLarge(`The animation has ${frames} frames; at most ${maxFrames} are accepted.`);
  if (pixels > accepted.ofFrame) {
    return tooLarge(
      `The picture has ${megapixels(pixels, 'ceil')} megapixels; at most ${megapixels(accepted.ofFrame)} are accepted of this kind.`,
    );
  }
  if (frames > 1 && pixels * frames > accepted.ofAll) {
    return tooLarge(
      `The frames have ${megapixels(pixels * frames, 'ceil')} megapixels together; at most ${megapixels(accepted.ofAll)} are accepted of this kind.`,
    );
  }
  return undefined;
}

function acceptedPixels(header: ImageHeader): {ofFrame: number; ofAll: number} {
  const {bytes, ns} = costs[kindOf(header)];
  const memory = maxMemoryBytes - baseBytes;
  const byTime = (expectedCpuMs * 1e6) / ns;
  const left = memory - header.width * header.height * bytes;
  return {
    ofFrame: Math.min(maxPixels, byTime, memory / bytes),
    ofAll: Math.min(maxFramesPixels, byTime, left / bytesOfAnimatedPixel),
  };
}

function kindOf({type, frames, hasAlpha}: ImageHeader): Kind {
  if (type === 'jpeg') return type;
  if (frames > 1) return `animated ${type}`;
  return type === 'webp' && hasAlpha ? 'webp with alpha' : type;
}

function tooLarge(message: string): ImageRefusal {
  return {refused: 'too_large', message};
}

function megapixels(pixels: number, rounded: 'floor' | 'ceil' = 'floor'): number {
  return Math[rounded](pixels / 1e5) / 10;
}
