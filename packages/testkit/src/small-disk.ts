/** A disk of a few GiB that can be filled: a file with its own file system, mounted where a server keeps its data. */
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, statfsSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export interface SmallDisk {
  /** Where it is mounted. */
  dir: string;
  /** Leaves no free byte. */
  fill(): void;
  /** Frees what `fill` took. */
  free(): void;
  /** Unmounts it and removes it. */
  close(): void;
}

/** What others write in the meantime, and the file system's own blocks, take less than this. */
const leftToWrite = 32 * 1024 * 1024;

/** Mounts a disk at `dir`. It takes as much of the real disk as is written to it. Throws if this process may not mount. */
export function mountSmallDisk(dir: string, mebibytes: number): SmallDisk {
  const image = `${dir}.image`;
  const filler = join(dir, 'filler');
  const close = () => {
    process.off('exit', close);
    execFileSync('umount', ['--lazy', dir], {stdio: 'pipe'});
    rmSync(image, {force: true});
  };
  mkdirSync(dir, {recursive: true});
  try {
    execFileSync('truncate', ['--size', `${mebibytes}M`, image], {stdio: 'pipe'});
    execFileSync('mkfs.ext4', ['-q', '-m', '0', image], {stdio: 'pipe'});
    execFileSync('mount', ['-o', 'loop', image, dir], {stdio: 'pipe'});
  } catch (error) {
    rmSync(image, {force: true});
    throw error;
  }
  // A mount outlives the process that made it, so it is removed even if the process is interrupted.
  process.once('exit', close);
  return {
    dir,
    fill() {
      const {bavail, bsize} = statfsSync(dir);
      const most = Math.max(1, bavail * bsize - leftToWrite);
      execFileSync('fallocate', ['--length', String(most), filler], {stdio: 'pipe'});
      // Expected to fail: the disk is full.
      const rest = ['if=/dev/zero', `of=${filler}`, 'bs=64k', 'oflag=append', 'conv=notrunc'];
      spawnSync('dd', rest, {stdio: 'ignore'});
    },
    free: () => rmSync(filler, {force: true}),
    close,
  };
}

/** Returns why this machine cannot mount a disk. */
export function whyNoSmallDisk(): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'madang-disk-'));
  try {
    mountSmallDisk(join(dir, 'disk'), 16).close();
    return undefined;
  } catch (error) {
    return `cannot mount a disk: ${(error as Error).message.split('\n').at(-1)}`;
  } finally {
    rmSync(dir, {recursive: true, force: true});
  }
}
