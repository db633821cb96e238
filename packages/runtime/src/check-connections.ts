/** `--check-config --connect`: tries the stores that a process would use, before it is deployed. */
import {redact} from './redaction.ts';

export type ConnectionCheck = {
  /** The variable that says where. */
  variable: string;
  /** Says who answers; rejects with what stands in the way. */
  connect(): Promise<string>;
};

export function asksToConnect(args: readonly string[]): boolean {
  return args.includes('--check-config') && args.includes('--connect');
}

/** Prints one line for each, without secrets, and exits: with 0 if all answer. */
export async function checkConnections(checks: readonly ConnectionCheck[]): Promise<never> {
  process.stdout.write('configuration: no faults\n');
  const outcomes = await Promise.allSettled(checks.map(({connect}) => connect()));
  for (const [index, outcome] of outcomes.entries()) {
    const {variable} = checks[index]!;
    if (outcome.status === 'fulfilled') process.stdout.write(redact(`${variable}: ${outcome.value}\n`));
    else process.stderr.write(redact(`${variable}: ${reasonOf(outcome.reason)}\n`));
  }
  process.exit(outcomes.every(({status}) => status === 'fulfilled') ? 0 : 1);
}

/** Only messages: errors of drivers also carry the command or the address that failed. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  const {message, code} = error as {message?: string; code?: string};
  return (message || code || 'does not answer').replaceAll(/\s+/g, ' ');
}
