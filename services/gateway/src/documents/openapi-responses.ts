/** An operation's answers over HTTP: its result, and every refusal by status. */
import {ChatError, errorTable, type ErrorCode} from '@madang/protocol/errors';
import type {Operation, Route} from '../calls/operation.ts';
import {anyCall, lineOf, refusalsOf, usualRefusal, type Refusal} from './refusals.ts';

type HttpOperation = Operation & {http: Route};

const done = {200: 'The answer.', 201: 'Made.', 202: 'Stored.', 204: 'Done; there is no body.'};
const unchanged = {304: {description: 'Unchanged since the `ETag` that `If-None-Match` named.'}};

/** The responses of one operation. Refusals of any call are shared, unless the operation adds reasons of its own. */
export function responsesOf(operation: HttpOperation, result: object): Record<string, object> {
  const {http, example} = operation;
  const {status = 200} = http;
  const isFile = http.answers === 'file';
  const type = http.answers === undefined ? 'application/json' : isFile ? 'image/*' : 'application/x-ndjson';
  const content = {
    [type]: {
      schema: result,
      ...(example.result === undefined ? {} : {example: example.result}),
    },
  };
  const shared = Object.keys(sharedResponses).map((name) => [
    statusOf(anyCall.find((code) => nameOf(code) === name)!),
    {$ref: `#/components/responses/${name}`},
  ]);
  return {
    [status]: {description: done[status], ...(status === 204 ? {} : {content})},
    ...(isFile ? unchanged : {}),
    ...Object.fromEntries(shared),
    ...ownResponses(refusalsOf(operation)),
    default: {$ref: '#/components/responses/Refusal'},
  };
}

function ownResponses(refusals: Refusal[]): Record<string, object> {
  const byStatus = Map.groupBy(refusals, ({code}) => statusOf(code));
  return Object.fromEntries(
    [...byStatus].map(([status, own]) => {
      const usual = anyCall.filter((code) => statusOf(code) === status).map(usualRefusal);
      return [status, responseOf([...own, ...usual])];
    }),
  );
}

/** The refusals that any call may get. */
const sharedResponses = Object.fromEntries(
  [...Map.groupBy(anyCall, statusOf).values()].map((codes) => [
    nameOf(codes[0]!),
    responseOf(codes.map(usualRefusal)),
  ]),
);

/** Components that the responses of operations refer to. */
export const responseComponents: Record<string, object> = {
  ...sharedResponses,
  Refusal: responseOf((Object.keys(errorTable) as ErrorCode[]).map(usualRefusal)),
};

function responseOf(refusals: Refusal[]): object {
  const [first] = refusals;
  const isRetryable = refusals.some(({code}) => errorTable[code].retryable);
  return {
    description: `Refused.\n\n${refusals.map(lineOf).join('\n')}`,
    ...(isRetryable ? {headers: {'Retry-After': {$ref: '#/components/headers/RetryAfter'}}} : {}),
    content: {
      'application/json': {
        schema: {$ref: '#/components/schemas/Refusal'},
        example: {error: new ChatError(first!.code).toWire()},
      },
    },
  };
}

function statusOf(code: ErrorCode): number {
  return errorTable[code].status;
}

/** `too_large` -> `TooLarge`. */
function nameOf(code: ErrorCode): string {
  return code.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
