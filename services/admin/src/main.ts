#!/usr/bin/env node
/**
 * `npx madang`: an operator's commands for a running cluster. Exits with 0, with 1 if something was refused, or 2 for bad
 * usage.
 */
import {ChatError} from '@madang/protocol/errors';
import {redact, redactFields} from '@madang/runtime/redaction';
import {CommanderError} from 'commander';
import {inspect} from 'node:util';
import {createProgram} from './program.ts';
import {printError} from './print.ts';

const usageFault = 2;

const program = createProgram();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed the message; a request for help exits with 0.
    process.exitCode = error.exitCode === 0 ? 0 : usageFault;
  } else {
    process.exitCode = 1;
    if (error instanceof ChatError) {
      printError(error, {json: program.opts<{json?: boolean}>().json ?? false});
    } else {
      // This is a bug. Its error may contain an address or a command with a secret.
      process.stderr.write(`${redact(inspect(redactFields(error), {depth: 5}))}\n`);
    }
  }
}
