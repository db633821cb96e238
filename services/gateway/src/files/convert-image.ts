/** Turns uploads into images that are safe to show: only the pixels of the file survive. */
import sharp, {type Metadata, type Sharp} from 'sharp';
import {readAnimatedPng} from './animated-png.ts';
import {encodeAnimatedPng} from './encode-animated-png.ts';
import {refusalOf, type ImageHeader} from './image-estimate.ts';
import {imageLimits, type ImageAnswer, type ImageType} from './image-limits.ts';
import {isAnimatedPng, signature} from './png-chunks.ts';

const {maxFramesPixels, maxBytes, thumbnailPixels} = imageLimits;

/** The header alone tells the cost of a conversion: an image that costs too much is refused before it is decoded. */
export async function convertImage(bytes: Buffer): Promise<ImageAnswer> {
  const type = typeOf(bytes);
  if (type === undefined) return {refused: 'unsupported', message: 'Send a GIF, PNG, JPEG or WebP image.'};
  if (type === 'png' && isAnimatedPng(bytes)) return convertAnimatedPng(bytes);
  const metadata = await sharp(bytes, {animated: true, limitInputPixels: false, failOn: 'error'}).metadata();
  const refusal = refusalOf(headerOf(type, metadata));
  if (refusal) return refusal;
  const source = sharp(bytes, {animated: true, limitInputPixels: maxFramesPixels, failOn: 'error'});
  const {data, info} = await encode(source, type).toBuffer({resolveWithObject: true});
  return converted(type, data, {width: info.width, height: info.pageHeight ?? info.height});
}

async function convertAnimatedPng(bytes: Buffer): Promise<ImageAnswer> {
  const png = readAnimatedPng(bytes);
  const {width, height, frames, still} = png;
  const pictures = frames.length + (still ? 1 : 0);
  const refusal = refusalOf({type: 'png', width, height, frames: Math.max(2, pictures)});
  return refusal ?? converted('png', await encodeAnimatedPng(png), {width, height});
}

async function converted(
  type: ImageType,
  image: Buffer,
  size: {width: number; height: number},
): Promise<ImageAnswer> {
  if (image.length > maxBytes) return tooManyBytes;
  const thumbnail = await sharp(image, {limitInputPixels: maxFramesPixels})
    .resize(thumbnailPixels, thumbnailPixels, {fit: 'inside', withoutEnlargement: true})
    .webp({quality: 75})
    .toBuffer();
  return {type: `image/${type}`, ...size, image, thumbnail: {type: 'image/webp', image: thumbnail}};
}

const tooManyBytes = {
  refused: 'too_large',
  message: `The picture has more than ${maxBytes / 1024 / 1024} MiB once it is encoded again. Send a smaller one.`,
} as const;

function headerOf(type: ImageType, metadata: Metadata): ImageHeader {
  const {width, height, pages = 1, pageHeight = height, hasAlpha} = metadata;
  return {type, width, height: pageHeight, frames: pages, hasAlpha};
}

function encode(source: Sharp, type: ImageType): Sharp {
  switch (type) {
    case 'gif':
      return source.gif({effort: 3});
    case 'png':
      return source.png({compressionLevel: 7});
    case 'jpeg':
      // Of the camera's metadata only the orientation matters for the pixels.
      return source.autoOrient().jpeg({quality: 86});
    case 'webp':
      return source.webp({quality: 86, effort: 3});
  }
}

/** Recognises the type by the first bytes; ignores the name and the declared type. */
function typeOf(bytes: Buffer): ImageType | undefined {
  const head = bytes.toString('latin1', 0, 12);
  if (/^GIF8[79]a/.test(head)) return 'gif';
  if (bytes.subarray(0, signature.length).equals(signature)) return 'png';
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (/^RIFF[^]{4}WEBP$/.test(head)) return 'webp';
  return undefined;
}
