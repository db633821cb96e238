import type {Operation} from '../history/operation.ts';

/** A broken promise, with the few lines of history that show it. */
export type Violation = {
  invariant: Invariant;
  /** One sentence. */
  what: string;
  evidence: string[];
};

export type Invariant =
  | 'durable'
  | 'invented'
  | 'duplicate'
  | 'agreement'
  | 'gap'
  | 'lost'
  | 'order'
  | 'membership'
  | 'capacity'
  | 'revocation'
  | 'rights'
  | 'history'
  | 'answers'
  | 'liveness'
  | 'bounds'
  | 'presence'
  | 'unread'
  | 'inbox'
  | 'search'
  | 'untold'
  | 'told order';

/** Describes one operation as one line. */
export function describe(operation: Operation): string {
  const {kind, device, roomId, clientId, seq, rev, text, targetId, invokedAt, completedAt} = operation;
  const about = [
    roomId && `room ${short(roomId)}`,
    targetId && `user ${short(targetId)}`,
    clientId && `client id ${short(clientId)}`,
    seq !== undefined && `seq ${seq}`,
    rev !== undefined && rev !== seq && `rev ${rev}`,
    text && JSON.stringify(text),
  ].filter(Boolean);
  const end = Number.isFinite(completedAt) ? seconds(completedAt) : 'never';
  const outcome = operation.code ? `${operation.outcome} (${operation.code})` : operation.outcome;
  return `${seconds(invokedAt)} to ${end}: ${device} ${kind} ${about.join(', ')}: ${outcome}`;
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`;
}

/** Returns enough of an id to find it. */
export function short(id: string): string {
  return id.slice(-6);
}
