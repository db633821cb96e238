import type {OutboxEntry} from './outbox.ts';
import type {Message, Room, User} from './wire.ts';

/** The types of a product's own `data`. Nothing checks them at run time: where it matters, check what others wrote. */
export type DataTypes = {message?: object; room?: object; user?: object};

type Plain = Record<string, unknown>;
/** A value whose `data` is the product's. */
export type With<Value, Data> = Omit<Value, 'data'> & {data?: Data extends object ? Data : Plain};
type Leaf = string | number | boolean | symbol | bigint | null | undefined;

/** A type of this package in which every `data` has the product's type. */
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
