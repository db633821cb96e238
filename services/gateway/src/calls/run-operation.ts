/**
 * The steps of every call, over a socket or HTTP:
 * shed ▶ limits ▶ signed in? ▶ scope of the key ▶ turn ▶ fresh pulse ▶ parse ▶ policy ▶ handle.
 *
 * Limits come before the wait and the schema, so that a flood of malformed calls is limited, too.
 */
import {ChatError, type WireError} from '@madang/protocol/errors';
import type {Logger} from '@madang/runtime/log';
import type {z} from 'zod';
import {anyone} from './access.ts';
import {actAs} from '../identity/act-as.ts';
import type {Caller, Context, Reply} from '../context.ts';
import {createFaultLog} from './fault-log.ts';
import {createDatabaseLanes, laneUserOf} from '../stores/database-lanes.ts';
import type {Lanes} from '../lanes/lanes.ts';
import type {GatewayMetrics} from '../metrics.ts';
import type {Node} from '../node.ts';
import type {Operation, Shed} from './operation.ts';
import {createTakeLimits, type TakeLimitsOptions} from './take-limits.ts';
import {requireScope, type Scopes} from './scopes.ts';
import {noteMissingScope} from '../audit/sign-in-audit.ts';
import type {Usage} from '../usage.ts';

export type RunOperationOptions = TakeLimitsOptions & {
  isOverloaded: (shed: Shed) => boolean;
  /** Resolves once this node knows the latest signals; throws `unavailable` at the deadline (monotonic, ms). */
  ready: (deadlineAt: number) => Promise<void>;
  lanes: Pick<Lanes, 'call' | 'database' | 'lock' | 'sessionStart'>;
  usage: Pick<Usage, 'called'>;
  /** Lets a send wait while its tenant is in debt for deliveries. */
  outOfDebt?: ((ctx: Context) => Promise<void>) | undefined;
  metrics: GatewayMetrics;
};

export type RunOperation = (
  operation: Operation,
  ctx: Context<Node>,
  rawInput: unknown,
) => Promise<Reply<unknown>>;

/** What a client may know about a zod issue. */
export type InputIssue = {path: string; message: string};
/** The number and length of issues are bounded: an issue can name every field of a hostile input. */
const maxIssues = 20;
const maxIssueChars = 200;

const noActing = 'This operation has no Madang-As-User. Leave the header out.';

/**
 * Makes the function that runs a row of the operation table for a caller. It rejects with a ChatError, or with a fault
 * that `toWireError` turns into one. If the result is a function, call it in the step that writes the answer.
 */
export function createRunOperation({
  limits,
  rules,
  ceilingsOf,
  isOverloaded,
  ready,
  lanes,
  usage,
  outOfDebt,
  metrics,
}: RunOperationOptions): RunOperation {
  const databaseLanes = createDatabaseLanes(lanes);
  const take = createTakeLimits({limits, rules, ceilingsOf});

  async function run(operation: Operation, ctx: Context<Node>, rawInput: unknown): Promise<Reply<unknown>> {
    if (isOverloaded(operation.shed)) {
      metrics.shed.inc({operation: nameOf(operation)});
      throw new ChatError('overloaded', {retryAfterMs: 1_000});
    }
    await take.flat(operation.limits, ctx);
    if (!ctx.caller && operation.policy !== anyone) throw new ChatError('unauthenticated');
    if (ctx.caller && operation.policy !== anyone) takeScope(operation, ctx, ctx.caller, operation.scope);
    if (ctx.caller && ctx.asUser !== undefined) takeScope(operation, ctx, ctx.caller, 'act');
    if (outOfDebt && operation.class === 'send') await outOfDebt(ctx);
    // A call whose class has its own lane waits there: for its queries, not for the whole call.
    if (databaseLanes[operation.class]) return proceed(operation, ctx, rawInput);
    return lanes.call.run(laneUserOf(ctx), () => proceed(operation, ctx, rawInput));
  }

  async function proceed(
    operation: Operation,
    ctx: Context<Node>,
    rawInput: unknown,
  ): Promise<Reply<unknown>> {
    await ready(ctx.receivedAt + ctx.node.config.SEND_DEADLINE_MS);
    const input = parse(operation.input, rawInput);
    await take.priced(operation.limits, ctx, input);
    if (ctx.asUser !== undefined && operation.policy === anyone)
      throw new ChatError('invalid', {message: noActing});
    const acting = await actAs(ctx, nameOf(operation));
    const granted = await operation.policy(inLane(operation, acting, input), input as never);
    // The session may have been revoked while this call waited.
    if (ctx.connection?.hasEnded) throw new ChatError('unauthenticated');
    return operation.handle(granted as never, input as never);
  }

  /** The database queries of policy and handler wait in the lane of the class. */
  function inLane({class: name}: Operation, ctx: Context<Node>, input: unknown): Context<Node> {
    const lane = databaseLanes[name];
    if (!lane) return ctx;
    return {...ctx, node: {...ctx.node, db: lane.lend(ctx.node.db, ctx, input)}};
  }

  /** A key that lacks the scope gets an audit line: it is misconfigured, or in other hands. */
  function takeScope(
    operation: Operation,
    {node, address, requestId}: Context<Node>,
    caller: Caller,
    needed: Scopes | undefined,
  ): void {
    try {
      requireScope(caller, needed);
    } catch (error) {
      const scope = (error as ChatError).details?.['scope'];
      noteMissingScope(node.audit, caller, {address, requestId}, {operation: nameOf(operation), scope});
      throw error;
    }
  }

  return async (operation, ctx, rawInput) => {
    if (ctx.caller) usage.called(ctx.caller.tenantId);
    let outcome: string = 'ok';
    try {
      return await run(operation, ctx, rawInput);
    } catch (error) {
      outcome = error instanceof ChatError ? error.code : 'internal';
      throw error;
    } finally {
      const labels = {operation: nameOf(operation)};
      metrics.operations.inc({...labels, outcome});
      const tenant = metrics.labelOf(ctx.tenantId);
      metrics.tenantCalls.inc({tenant, outcome});
      if (outcome === 'ok' && operation.event === 'message:send') metrics.tenantSends.inc({tenant});
      metrics.operationSeconds.observe(labels, (performance.now() - ctx.receivedAt) / 1_000);
    }
  };
}

/** The operation's name in metrics and logs: its event, or its route if it has no event. */
export function nameOf({event, http}: Operation): string {
  return event ?? `${http?.method.toUpperCase()} ${http?.path}`;
}

/** One for the process, as there is one log. */
const logFault = createFaultLog();

/**
 * Returns the error for the caller. Everything but a ChatError becomes `internal`, and is logged here with its cause.
 */
export function toWireError(log: Logger, error: unknown): WireError {
  if (error instanceof ChatError) return error.toWire();
  logFault(log, error);
  return new ChatError('internal').toWire();
}

/** Parses the input by the schema. Input that does not fit is `invalid`: the error names places, never values. */
export function parse(schema: z.ZodType, rawInput: unknown): unknown {
  const {success, data, error} = schema.safeParse(rawInput);
  if (success) return data;
  const issues = error.issues.slice(0, maxIssues).map(({path, message}): InputIssue => ({
    path: path.map(String).join('.'),
    message: message.slice(0, maxIssueChars),
  }));
  throw new ChatError('invalid', {details: {issues}});
}
