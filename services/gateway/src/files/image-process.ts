/**
 * A process that turns uploads into images that are safe to show: it decodes and encodes them again, so that only the
 * pixels of the file survive. A bug in a decoder harms only this process, which has no secrets, no connections and its
 * own memory.
 */
import {writeFileSync} from 'node:fs';
import sharp from 'sharp';
import {convertImage} from './convert-image.ts';
import {DamagedImage} from './png-chunks.ts';
import {exitCodes, imageLimits, type ImageAnswer, type ImageTask} from './image-limits.ts';

const {maxMemoryBytes, maxCpuMs} = imageLimits;

try {
  // If the container runs out of memory, the kernel kills this process instead of the gateway.
  writeFileSync('/proc/self/oom_score_adj', '1000');
} catch {
  // This is not Linux, or the write is not allowed.
}

sharp.concurrency(1);
sharp.cache(false);
// The library reads many more formats; all but these are blocked.
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

// Catches costs that the header did not reveal.
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
