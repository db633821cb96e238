/**
 * A process that turns what people upload into images that are safe to show: decoded and encoded anew, so that nothing of
 * the file survives but its pixels. What a decoder does wrong, it does here, without secrets, connections or anyone's
 * memory but its own.
 */
import sharp, {type Sharp} from 'sharp';
import {imageLimits, type ImageAnswer, type ImageTask, type ImageType} from './image-limits.ts';

const {maxPixels, maxFramesPixels, maxFrames, maxBytes, maxMemoryBytes, thumbnailPixels} = imageLimits;

sharp.concurrency(1);
sharp.cache(false);
// Of the many formats that the library reads, only these have a reason to be here.
sharp.block({operation: ['VipsForeignLoad']});
sharp.unblock({
  operation: [
    'VipsForeignLoadNsgifBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadWebpBuffer',
  ],
});

process.on('message', (task: ImageTask) => {
  convert(Buffer.from(task.bytes)).then(answer, (error: unknown) => answer(refusalOf(error)));
});
process.on('disconnect', () => process.exit());
setInterval(() => {
  if (process.memoryUsage.rss() > maxMemoryBytes) process.exit(1);
}, 20);

function answer(result: ImageAnswer): void {
  process.send!(result);
}

async function convert(bytes: Buffer): Promise<ImageAnswer> {
  const type = typeOf(bytes);
  if (type === undefined) return {refused: 'unsupported', message: 'Send a GIF, PNG, JPEG or WebP image.'};
  const source = sharp(bytes, {animated: true, limitInputPixels: maxFramesPixels, failOn: 'error'});
  const {width, height, pages = 1, pageHeight = height} = await source.metadata();
  if (width * pageHeight > maxPixels || width * pageHeight * pages > maxFramesPixels || pages > maxFrames) {
    return {refused: 'too_large', message: 'The image has too many pixels or frames.'};
  }
  const {data, info} = await encode(source, type).toBuffer({resolveWithObject: true});
  if (data.length > maxBytes) return {refused: 'too_large'};
  const thumbnail = await sharp(data, {limitInputPixels: maxFramesPixels})
    .resize(thumbnailPixels, thumbnailPixels, {fit: 'inside', withoutEnlargement: true})
    .webp({quality: 75})
    .toBuffer();
  return {
    type: `image/${type}`,
    width: info.width,
    height: info.pageHeight ?? info.height,
    image: data,
    thumbnail: {type: 'image/webp', image: thumbnail},
  };
}

function encode(source: Sharp, type: ImageType): Sharp {
  switch (type) {
    case 'gif':
      return source.gif({effort: 3});
    case 'png':
      return source.png({compressionLevel: 7});
    case 'jpeg':
      // How the camera was held is the only thing of its data that shows.
      return source.autoOrient().jpeg({quality: 86});
    case 'webp':
      return source.webp({quality: 86, effort: 3});
  }
}

/** By the first bytes; neither name nor declared type is asked. */
function typeOf(bytes: Buffer): ImageType | undefined {
  const head = bytes.toString('latin1', 0, 12);
  if (/^GIF8[79]a/.test(head)) return 'gif';
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (/^RIFF[^]{4}WEBP$/.test(head)) return 'webp';
  return undefined;
}

function refusalOf(error: unknown): ImageAnswer {
  if (/pixel limit/i.test(String(error))) {
    return {refused: 'too_large', message: 'The image has too many pixels or frames.'};
  }
  return {refused: 'invalid', message: 'The image is damaged.'};
}
