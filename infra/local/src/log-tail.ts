import {readFileSync} from 'node:fs';

/** Gives the last line of a log that says something, for an error of one line. */
export function tailOf(logFile: string): string {
  try {
    const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n');
    const telling = lines.findLast((line) => /error|fatal|warning|cannot|could not|unable/i.test(line));
    return (telling ?? lines.at(-1) ?? '').slice(0, 300) || `see ${logFile}`;
  } catch {
    return `see ${logFile}`;
  }
}
