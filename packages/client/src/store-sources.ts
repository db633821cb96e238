import type {CallInput, CallName, CallResult, ResultListener} from './calls.ts';
import type {CallError} from './call-error.ts';
import type {FollowedRoom, FollowEvents} from './follow.ts';
import type {NotificationEvents, Notifications} from './notifications.ts';
import type {Right, ServerEvents, User} from './wire.ts';

type Events = Omit<ServerEvents, 'room:log' | keyof FollowEvents> &
  FollowEvents &
  NotificationEvents & {
    status: 'offline' | 'connecting' | 'online';
    session: User | undefined;
    signedOut: CallError;
    unreachable: CallError;
  };

/** The parts of a client that the stores show. */
export type StoreSources = {
  readonly status: Events['status'];
  readonly user: User | undefined;
  readonly rights: readonly Right[] | undefined;
  readonly rooms: ReadonlyMap<string, FollowedRoom>;
  readonly notifications: Notifications;
  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): () => void;
  call<Name extends Asked>(name: Name, input: CallInput<Name>): Promise<CallResult<Name>>;
};

/** What the stores ask the server for. */
type Asked = Extract<CallName, 'room:members' | 'message:list'>;

/** Calls the listener with each result of a call that the client makes. */
export type OnResult = (listener: ResultListener) => void;
