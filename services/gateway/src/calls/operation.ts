/** A row of the operation table: its type, and the builders that check a row against the schemas of its operation. */
import type {z} from 'zod';
import {calls, type CallName} from '@madang/protocol/calls';
import type {ErrorCode} from '@madang/protocol/errors';
import type {Context, Handler, PersonContext, SignedInContext} from '../context.ts';
import {callExamples} from '../documents/examples/calls.ts';
import type {Tag} from '../documents/tags.ts';
import type {Node} from '../node.ts';
import {classes, type Limit, type OperationClass, type RateLimit} from './rate-rules.ts';
import type {Scopes} from './scopes.ts';

/** What is refused under overload: typing first, sends last. */
export type Shed = 'typing' | 'presence' | 'history' | 'join' | 'send' | 'never';

export type Route = {
  method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  /** Below /api/v1; parameters have the names of input fields. */
  path: string;
  /** Its name in the documents, where another operation has the one that method and path would give. */
  name?: string;
  /** 200 unless given; 204 sends no body. */
  status?: 201 | 202 | 204;
  /** The input's `file` is an Upload, the one part of a multipart body; otherwise bodies are JSON, `much` of it up to 1 MiB. */
  takes?: 'file' | 'much';
  /** The result is a ServedFile, or lines that are sent as NDJSON, instead of JSON. */
  answers?: 'file' | 'lines';
};

/** Codes of refusals, each with the reason as a sentence. */
export type Refusals = Partial<Record<ErrorCode, string>>;

/** What the documents say of an operation beside its schemas. */
type Described = {
  /** What it does: one line that begins with a verb. */
  summary: string;
  tag: Tag;
  /** Who may call it, where the policy lets more callers in and a statement decides; the end of a sentence. */
  callers?: string;
  /** Why the handler refuses; documents/refusals.ts adds what the policy and any call is refused for. */
  errors: Refusals;
};

export type Operation = Described & {
  /** The socket event; none for what is HTTP only. */
  event?: string;
  input: z.ZodType;
  result: z.ZodType;
  example: {input: unknown; result?: unknown};
  /** Throws, or grants what the handler needs. */
  policy: (ctx: Context<Node>, input: never) => Context | Promise<Context>;
  /** What a key needs for it; missing where services may not call it. */
  scope?: Scopes;
  class: OperationClass;
  /** Those of the class, and what the row adds. */
  limits: Limit[];
  shed: Shed;
  handle: Handler<never, never, unknown>;
  http?: Route;
};

type Row<C extends Context, Input, Output> = Described & {
  policy: (ctx: Context<Node>, input: Input) => C | Promise<C>;
  /** How much a caller may do of it; rate-rules.ts has the numbers. */
  class: OperationClass;
  /** What limits this operation beside its class. */
  also?: RateLimit<Input>[];
  shed: Shed;
  handle: Handler<C, Input, Output | AsyncIterable<Output>>;
  http?: Route;
};

/** A policy that lets services in leaves the decision to the key's scopes, so the row must name what it takes. */
type Scoped<C extends Context> = [C] extends [PersonContext]
  ? {scope?: undefined}
  : [C] extends [SignedInContext]
    ? {scope: Scopes}
    : {scope?: undefined};

/** A row that sockets can call. */
export function call<Name extends CallName, C extends Context>(
  event: Name,
  row: Row<C, z.output<(typeof calls)[Name]['input']>, z.output<(typeof calls)[Name]['result']>> & Scoped<C>,
): Operation {
  return limited({event, ...calls[event], example: callExamples[event], ...row});
}

/** A row of HTTP alone. */
export function route<I extends z.ZodType, O extends z.ZodType, C extends Context>(
  row: {
    input: I;
    result: O;
    /** A file has none; of an export, a line. */
    example: {input: z.input<I>; result?: z.output<O>};
    http: Route;
  } & Row<C, z.output<I>, z.output<O>> &
    Scoped<C>,
): Operation {
  return limited(row);
}

function limited<R extends {class: OperationClass; also?: unknown[]}>({also = [], ...row}: R): Operation {
  return {...row, limits: [...also, ...classes[row.class]]} as unknown as Operation;
}
