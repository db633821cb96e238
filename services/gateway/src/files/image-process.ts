/**
 * A process that turns what people upload into images that are safe to show: decoded and encoded again, so that nothing of
 * the file survives but its pixels. What a decoder does wrong, it does here, without secrets, connections or anyone's
 * memory but its own.
 */
import {writeFileSync} from 'node:fs';
import sharp from 'sharp';
import {convertImage} from './convert-image.ts';
import {DamagedImage} from './png-chunks.ts';
import {exitCodes, imageLimits, type ImageAnswer, type ImageTask} from './image-limits.ts';

const {maxMemoryBytes, maxCpuMs} = imageLimits;

try {
  // Where the container's memory ends, the kernel ends this process and not the gateway.
  writeFileSync('/proc/self/oom_score_adj', '1000');
} catch {
  // Not a Linux, or one that does not allow it.
}

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

let begunAt = process.cpuUsage();

process.on('message', ({bytes}: ImageTask) => {
  begunAt = process.cpuUsage();
  convertImage(Buffer.from(bytes)).then(answer, (error: unknown) => answer(refusalFor(error)));
});
process.on('disconnect', () => process.exit());

// For what the header did not tell.
setInterval(() => {
  if (process.memoryUsage.rss() > maxMemoryBytes) process.exit(exitCodes.memory);
  const {user, system} = process.cpuUsage(begunAt);
  if ((user + system) / 1_000 > maxCpuMs) process.exit(exitCodes.time);
}, 20);

function answer(result: ImageAnswer): void {
  process.send!(result);
}

function refusalFor(error: unknown): ImageAnswer {
  if (/pixel limit/i.test(String(error))) {
    return {refused: 'too_large', message: 'The picture has more pixels than its header says.'};
  }
  const message = error instanceof DamagedImage ? `The PNG ${error.message}.` : 'The image is damaged.';
  return {refused: 'invalid', message};
}
