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

/** What is refused under overload: typing comes first, sends last. */
export type Shed = 'typing' | 'presence' | 'history' | 'join' | 'send' | 'never';

export type Route = {
  method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  /** The path below /api/v1. Its parameters have the names of input fields. */
  path: string;
  /** The operation's name in the documents, if another operation has the one that method and path would give. */
  name?: string;
  /** 200 unless given; 204 sends no body. */
  status?: 201 | 202 | 204;
  /**
   * The input's `file` is an Upload, the only part of a multipart body. Otherwise bodies are JSON, `much` up to 1 MiB.
   */
  takes?: 'file' | 'much';
  /** The result is a ServedFile or lines sent as NDJSON, instead of JSON. */
  answers?: 'file' | 'lines';
};

/** Codes of refusals, each with the reason as a sentence. */
export type Refusals = Partial<Record<ErrorCode, string>>;

/** What the documents say about an operation beside its schemas. */
type Described = {
  /** What it does: one line that begins with a verb. */
  summary: string;
  tag: Tag;
  /** Who may call it, if the policy lets more callers in and a statement decides; the end of a sentence. */
  callers?: string;
  /** Why the handler refuses. documents/refusals.ts adds the refusals of the policy and those of any call. */
  errors: Refusals;
};

export type Operation = Described & {
  /** The socket event; missing for operations that are HTTP only. */
  event?: string;
  input: z.ZodType;
  result: z.ZodType;
  example: {input: unknown; result?: unknown};
  /** Throws, or grants what the handler needs. */
  policy: (ctx: Context<Node>, input: never) => Context | Promise<Context>;
  /** The scope that a key needs; missing if services may not call it. */
  scope?: Scopes;
  class: OperationClass;
  /** The limits of the class, and those that the row adds. */
  limits: Limit[];
  shed: Shed;
  handle: Handler<never, never, unknown>;
  http?: Route;
};

type Row<C extends Context, Input, Output> = Described & {
  policy: (ctx: Context<Node>, input: Input) => C | Promise<C>;
  /** How often a caller may call it; rate-rules.ts has the numbers. */
  class: OperationClass;
  /** Limits of this operation beside those of its class. */
  also?: RateLimit<Input>[];
  shed: Shed;
  handle: Handler<C, Input, Output | AsyncIterable<Output>>;
  http?: Route;
};

/** A policy that lets services in leaves the decision to the key's scopes, so the row must name a scope. */
type Scoped<C extends Context> = [C] extends [PersonContext]
  ? {scope?: undefined}
  : [C] extends [SignedInContext]
    ? {scope: Scopes}
    : {scope?: undefined};

/** A row for an operation that sockets can call. */
export function call<Name extends CallName, C extends Context>(
  event: Name,
  row: Row<C, z.output<(typeof calls)[Name]['input']>, z.output<(typeof calls)[Name]['result']>> & Scoped<C>,
): Operation {
  return limited({event, ...calls[event], example: callExamples[event], ...row});
}

/** A row for an operation that only HTTP has. */
export function route<I extends z.ZodType, O extends z.ZodType, C extends Context>(
  row: {
    input: I;
    result: O;
    /** A file has no result here; for an export, it is one line. */
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
