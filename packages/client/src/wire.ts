import type * as protocol from '@madang/protocol/calls';
import type * as events from '@madang/protocol/events';

// The only file that imports types inferred from schemas. The published package contains the expanded types instead, so
// it does not depend on zod (see build.ts).
export type {Annotations} from '@madang/protocol/annotations';
export type {DisconnectReason} from '@madang/protocol/disconnects';
export type {ErrorCode, WireError} from '@madang/protocol/errors';
export type {Cursor, Entry, Frame, LeaveReason} from '@madang/protocol/log';
export type {Attachment, Message} from '@madang/protocol/messages';
export type {Notification} from '@madang/protocol/notifications';
export type {Member} from '@madang/protocol/members';
export type {Grant, Right} from '@madang/protocol/policy';
export type {Role, Room, RoomState} from '@madang/protocol/rooms';
export type {User} from '@madang/protocol/users';

/** A field that the server coerces accepts anything. Callers must give the type that it becomes. */
type Precise<Input, Parsed> = {
  [Key in keyof Input]: unknown extends Input[Key]
    ? Key extends keyof Parsed
      ? Parsed[Key]
      : Input[Key]
    : Input[Key];
};

/** The socket operations, each with its input and result. */
export type Calls = {
  [Name in protocol.CallName]: {
    input: Precise<protocol.CallInput<Name>, protocol.ParsedCallInput<Name>>;
    result: protocol.CallResult<Name>;
  };
};

/** The events that a server sends. */
export type ServerEvents = {[Name in events.ServerEventName]: events.ServerEventPayload<Name>};
