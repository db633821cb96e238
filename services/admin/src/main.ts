#!/usr/bin/env node
/** `npx madang`: what an operator does to a running cluster. Exits with 0, 1 where something was refused, 2 for bad usage. */
import {ChatError} from '@madang/protocol/errors';
import {CommanderError} from 'commander';
import {createProgram} from './program.ts';
import {printError} from './print.ts';

const usageFault = 2;

const program = createProgram();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed it; asking for help is no fault.
    process.exitCode = error.exitCode === 0 ? 0 : usageFault;
  } else {
    if (!(error instanceof ChatError)) throw error;
    printError(error, {json: program.opts<{json?: boolean}>().json ?? false});
    process.exitCode = 1;
  }
}
