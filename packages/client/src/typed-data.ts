import type {CallArguments, CallName, CallResult} from './calls.ts';
import type {Client, ClientEvents} from './client.ts';
import type {OutboxEntry, SendContent, SendResult} from './outbox.ts';
import type {Message, Room, User} from './wire.ts';

/** What a product's own `data` looks like. Only types: what others wrote is to be checked where it matters. */
export type DataTypes = {message?: object; room?: object; user?: object};

type Plain = Record<string, unknown>;
type With<Value, Data> = Omit<Value, 'data'> & {data?: Data extends object ? Data : Plain};
type Leaf = string | number | boolean | symbol | bigint | null | undefined;

/** A type of this package in which each `data` is the product's. */
export type Typed<Value, Data extends DataTypes> = Value extends Leaf
  ? Value
  : Value extends (...input: infer Input) => infer Output
    ? (...input: Input) => Typed<Output, Data>
    : Value extends Promise<infer Result>
      ? Promise<Typed<Result, Data>>
      : Value extends ReadonlyMap<infer Key, infer Item>
        ? ReadonlyMap<Key, Typed<Item, Data>>
        : Value extends Message | OutboxEntry
          ? With<Value, Data['message']>
          : Value extends Room
            ? Omit<With<Value, Data['room']>, 'owner' | 'users'> & {
                owner: With<User, Data['user']>;
                users?: With<User, Data['user']>[];
              }
            : Value extends User
              ? With<Value, Data['user']>
              : {[Key in keyof Value]: Typed<Value[Key], Data>};

type Changed = 'on' | 'once' | 'call' | 'send';

/** A client that knows what the product's `data` looks like: what `createClient` gives where it is told. */
export type TypedClient<Data extends DataTypes> = Typed<Omit<Client, Changed>, Data> & {
  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (payload: Typed<ClientEvents[Name], Data>) => void,
  ): () => void;
  once<Name extends keyof ClientEvents>(name: Name): Promise<Typed<ClientEvents[Name], Data>>;
  call<Name extends CallName>(
    name: Name,
    ...input: CallArguments<Name>
  ): Promise<Typed<CallResult<Name>, Data>>;
  send(roomId: string, content: string | With<SendContent, Data['message']>): Promise<SendResult>;
};
