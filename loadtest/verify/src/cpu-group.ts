import {mkdirSync, rmdirSync, writeFileSync} from 'node:fs';
import {findReason} from './find-reason.ts';

const controller = '/sys/fs/cgroup/cpu';
/** Short, so that a process is late by milliseconds each time and not by a tenth of a second. */
const periodUs = 20_000;

/** A group of processes that share a part of one core. */
export class CpuGroup {
  readonly #path: string;

  constructor(name: string, share: number) {
    this.#path = `${controller}/madang-verify-${process.pid}-${name}`;
    mkdirSync(this.#path);
    writeFileSync(`${this.#path}/cpu.cfs_period_us`, String(periodUs));
    writeFileSync(`${this.#path}/cpu.cfs_quota_us`, String(Math.round(periodUs * share)));
  }

  /** Processes that it starts from then on also belong to the group. */
  take(pid: number): void {
    writeFileSync(`${this.#path}/cgroup.procs`, String(pid));
  }

  release(pid: number): void {
    writeFileSync(`${controller}/cgroup.procs`, String(pid));
  }

  /** Call it once all processes of the group have ended or were released. */
  remove(): void {
    rmdirSync(this.#path);
  }
}

export function whyNoCpuGroup(): string | undefined {
  return findReason(() => new CpuGroup('try', 1).remove());
}
