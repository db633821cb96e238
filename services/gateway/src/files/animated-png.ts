/**
 * Reads the chunks of an animated PNG, since libvips decodes only the first picture. It accepts only what the PNG
 * specification, third edition, allows: each number in its range, each frame within the canvas, sequence numbers in
 * order. The pixels are still compressed and have not been checked.
 */
import {DamagedImage, readChunks, type Chunk} from './png-chunks.ts';

export type AnimatedPng = {
  width: number;
  height: number;
  /** From `IHDR`, from its ninth byte on: how pixels are stored. */
  storage: Buffer;
  hasAlpha: boolean;
  /** `PLTE` and `tRNS`, which all frames share. */
  colours: Chunk[];
  /** How often it plays; 0 means forever. */
  plays: number;
  /** The picture for viewers without animation, if it is not a frame. */
  still: Picture | undefined;
  frames: (Picture & FrameControl)[];
};

/** Compressed pixels, in one piece or several. */
export type Picture = {width: number; height: number; data: Buffer[]};

export type FrameControl = {
  x: number;
  y: number;
  /** Numerator and denominator of the delay in seconds, `dispose_op` and `blend_op`, unchanged. */
  timing: Buffer;
};

const colourTypesWithAlpha = [4, 6];

/** Throws `DamagedImage` if the file violates the specification. */
export function readAnimatedPng(bytes: Buffer): AnimatedPng {
  const reading = new Reading();
  for (const chunk of readChunks(bytes)) reading.take(chunk);
  return reading.end();
}

class Reading {
  #png: AnimatedPng | undefined;
  #frames = 0;
  #sequence = 0;
  #before = '';

  take({type, data}: Chunk): void {
    if ((type === 'IHDR') !== (this.#before === '')) throw new DamagedImage('does not begin with its header');
    switch (type) {
      case 'IHDR':
        this.#png = readHeader(data);
        break;
      case 'acTL':
        this.#takeAnimation(data);
        break;
      case 'fcTL':
        this.#takeControl(data);
        break;
      case 'IDAT':
        this.#takeStill(data);
        break;
      case 'fdAT':
        this.#takeData(data);
        break;
      case 'PLTE':
      case 'tRNS':
        this.#takeColours({type, data});
        break;
      case 'IEND':
        break;
      default:
        // The name of a critical chunk begins with a capital letter.
        check(/^[a-z]/.test(type), 'needs a chunk that is not known');
    }
    this.#before = type;
  }

  end(): AnimatedPng {
    const png = this.#png!;
    check(this.#hasPixels, 'has no pixels');
    check(png.frames.length === this.#frames, 'has not the frames that it says');
    check(png.frames.at(-1)!.data.length > 0, 'has a frame without pixels');
    return png;
  }

  get #hasPixels(): boolean {
    const {still, frames} = this.#png!;
    return still !== undefined || (frames[0]?.data.length ?? 0) > 0;
  }

  #takeAnimation(data: Buffer): void {
    check(data.length === 8 && this.#frames === 0 && !this.#hasPixels, 'is animated twice, or too late');
    this.#frames = data.readUInt32BE(0);
    this.#png!.plays = data.readUInt32BE(4);
    check(this.#frames > 0, 'has no frames');
  }

  #takeColours(chunk: Chunk): void {
    const {colours} = this.#png!;
    const isNew = colours.every(({type}) => type !== chunk.type);
    check(isNew && !this.#hasPixels, 'has colours twice, or too late');
    colours.push(chunk);
    if (chunk.type === 'tRNS') this.#png!.hasAlpha = true;
  }

  #takeControl(data: Buffer): void {
    const {frames, still} = this.#png!;
    const before = frames.at(-1);
    check(data.length === 26, 'has a frame of the wrong kind');
    check(before === undefined || before.data.length > 0, 'has a frame without pixels');
    this.#takeSequence(data);
    const frame = readControl(data, this.#png!);
    const isStill = before === undefined && still === undefined;
    check(!isStill || isWhole(frame, this.#png!), 'begins with a part of a picture');
    frames.push(frame);
  }

  /** The still picture's pixels belong to the first frame, or to no frame. */
  #takeStill(data: Buffer): void {
    const {frames, width, height} = this.#png!;
    check(!this.#hasPixels || this.#before === 'IDAT', 'has pixels in two places');
    if (frames.length > 0) frames[0]!.data.push(data);
    else (this.#png!.still ??= {width, height, data: []}).data.push(data);
  }

  #takeData(data: Buffer): void {
    const frame = this.#png!.frames.at(-1);
    check(this.#hasPixels && frame !== undefined, 'has pixels of no frame');
    check(
      data.length >= 4 && (this.#before === 'fdAT' || frame!.data.length === 0),
      'has pixels in two places',
    );
    this.#takeSequence(data);
    frame!.data.push(data.subarray(4));
  }

  #takeSequence(data: Buffer): void {
    check(data.readUInt32BE(0) === this.#sequence, 'has frames out of order');
    this.#sequence += 1;
  }
}

function readHeader(data: Buffer): AnimatedPng {
  check(data.length === 13, 'has a header of the wrong length');
  const [width, height, colourType] = [data.readUInt32BE(0), data.readUInt32BE(4), data[9]!];
  check(width > 0 && height > 0, 'has no pixels');
  return {
    width,
    height,
    storage: data.subarray(8),
    hasAlpha: colourTypesWithAlpha.includes(colourType),
    colours: [],
    plays: 0,
    still: undefined,
    frames: [],
  };
}

function readControl(data: Buffer, canvas: AnimatedPng): Picture & FrameControl {
  const [width, height, x, y] = [4, 8, 12, 16].map((at) => data.readUInt32BE(at)) as [
    number,
    number,
    number,
    number,
  ];
  check(width > 0 && height > 0, 'has a frame without pixels');
  check(x + width <= canvas.width && y + height <= canvas.height, 'has a frame outside of its canvas');
  check(data[24]! <= 2 && data[25]! <= 1, 'has a frame of the wrong kind');
  return {width, height, x, y, timing: data.subarray(20), data: []};
}

function isWhole({width, height, x, y}: Picture & FrameControl, canvas: AnimatedPng): boolean {
  return x === 0 && y === 0 && width === canvas.width && height === canvas.height;
}

function check(isSo: boolean, what: string): asserts isSo {
  if (!isSo) throw new DamagedImage(what);
}
