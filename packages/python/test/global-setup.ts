import type {TestProject} from 'vitest/node';
import {prepareEnvironment} from './environment.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A Python with the dependencies of packages/python. */
    python: string;
  }
}

export default function setUp(project: TestProject): void {
  project.provide(
    'python',
    prepareEnvironment((line) => void process.stdout.write(`${line}\n`)),
  );
}
