import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {closeSync, mkdirSync, openSync, rmSync, writeFileSync} from 'node:fs';
import {Socket} from 'node:net';
import {dirname, join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import type {Leftover} from './leftovers.ts';
import {identifyProcess} from './process-identity.ts';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ChildSpec {
  /** Unique among the running children of one run directory. */
  name: string;
  command: string;
  args: string[];
  /** The whole environment; the child inherits nothing else. */
  env: NodeJS.ProcessEnv;
  cwd: string;
  uid?: number;
  gid?: number;
  /** Receives stdout and stderr, appended. */
  logFile: string;
  /** The signal that asks it to end; SIGTERM by default. */
  stopSignal?: NodeJS.Signals;
  /** How long it may take to end before it is killed. */
  stopWithinMs?: number;
  /** A store ends after the processes that use it. */
  isStore?: boolean;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly exited: Promise<Exit>;
  isRunning(): boolean;
  kill(signal: NodeJS.Signals): void;
  /** Asks it to end, kills it if it does not end in time, and resolves once it has ended. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}

const DEFAULT_STOP_WITHIN_MS = 5_000;
const END_LEFTOVERS = fileURLToPath(new URL('end-leftovers.ts', import.meta.url));

/**
 * The processes that this process has started. They end with it, even if it is killed.
 *
 * Each runs in its own session, so Ctrl-C in a terminal reaches only this process, which then stops them in order. Each is
 * recorded in a file under `runDir`. A shell of one megabyte waits for the end of this process (its standard input closes
 * even on SIGKILL) and then ends the processes that the files still name. If the shell is lost too, the next start does
 * that.
 */
export class Children {
  readonly runDir: string;
  readonly #watchdog: ChildProcess;
  readonly #running = new Set<Child>();

  /** With `removeAlso`, that directory is also deleted after an end without `close`. */
  constructor(runDir: string, removeAlso?: string) {
    this.runDir = runDir;
    mkdirSync(runDir, {recursive: true});
    // With SIGHUP ignored the shell outlives the terminal; its own session keeps Ctrl-C away.
    const script = `trap '' HUP; cat >/dev/null; exec "$@"`;
    const args = [process.execPath, END_LEFTOVERS, runDir, ...(removeAlso ? [removeAlso] : [])];
    this.#watchdog = spawn('/bin/sh', ['-c', script, 'madang-watchdog', ...args], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      cwd: '/',
      env: {PATH: process.env.PATH},
    });
    this.#watchdog.unref();
    const {stdin} = this.#watchdog;
    if (stdin instanceof Socket) stdin.unref();
  }

  async start(spec: ChildSpec): Promise<Child> {
    mkdirSync(dirname(spec.logFile), {recursive: true});
    const log = openSync(spec.logFile, 'a', 0o600);
    let started: ChildProcess;
    try {
      started = spawn(spec.command, spec.args, {
        stdio: ['ignore', log, log],
        detached: true,
        cwd: spec.cwd,
        env: spec.env,
        uid: spec.uid,
        gid: spec.gid,
      });
    } finally {
      closeSync(log);
    }
    const exited = new Promise<Exit>((resolve) => {
      started.once('exit', (code, signal) => resolve({code, signal}));
    });
    await new Promise<void>((resolve, reject) => {
      started.once('spawn', resolve);
      started.once('error', reject);
    });
    return this.#follow(spec, started, exited);
  }

  /** Stops all processes that still run, the stores last, and the watchdog with them. */
  async close(): Promise<void> {
    const all = [...this.#running];
    const stores = all.filter((child) => this.#stores.has(child));
    await Promise.all(all.filter((child) => !this.#stores.has(child)).map((child) => child.stop()));
    await Promise.all(stores.map((child) => child.stop()));
    if (this.#watchdog.pid !== undefined) signalGroup(this.#watchdog.pid, 'SIGKILL');
  }

  readonly #stores = new WeakSet<Child>();

  #follow(spec: ChildSpec, started: ChildProcess, exited: Promise<Exit>): Child {
    const pid = started.pid;
    if (pid === undefined) throw new Error(`${spec.name} has no pid`);
    const stopSignal = spec.stopSignal ?? 'SIGTERM';
    const stopWithinMs = spec.stopWithinMs ?? DEFAULT_STOP_WITHIN_MS;
    const noteFile = join(this.runDir, `${spec.name}.child.json`);
    const note: Leftover = {
      name: spec.name,
      pid,
      identity: identifyProcess(pid) ?? '',
      owner: {pid: process.pid, identity: identifyProcess(process.pid) ?? ''},
      stopSignal,
      isStore: spec.isStore ?? false,
    };
    writeFileSync(noteFile, JSON.stringify(note));

    let running = true;
    const child: Child = {
      name: spec.name,
      pid,
      logFile: spec.logFile,
      exited: exited.then((exit) => {
        running = false;
        this.#running.delete(child);
        rmSync(noteFile, {force: true});
        return exit;
      }),
      isRunning: () => running,
      kill: (signal) => {
        if (running) started.kill(signal);
      },
      stop: async (signal = stopSignal) => {
        child.kill(signal);
        // A stopped process (SIGSTOP) receives no signal but SIGKILL until it is continued.
        child.kill('SIGCONT');
        const giveUp = new AbortController();
        const timer = delay(stopWithinMs, undefined, {signal: giveUp.signal}).then(
          () => running && signalGroup(pid, 'SIGKILL'),
          () => undefined,
        );
        const exit = await child.exited;
        giveUp.abort();
        await timer;
        return exit;
      },
    };
    this.#running.add(child);
    if (spec.isStore) this.#stores.add(child);
    return child;
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The process has ended in the meantime.
  }
}
