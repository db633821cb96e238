import type {Client} from '@madang/client';
import {createContext, useContext, type ReactNode} from 'react';

const ClientContext = createContext<Client | undefined>(undefined);

/** A client, also one that was made with types of a product's own `data`. */
export type AnyClient = Pick<Client, 'disconnect' | 'fileUrl' | 'may'>;

/**
 * Gives the components below it a client. It neither makes, connects nor closes one: a client outlives every component, and
 * React may mount and unmount them as it likes.
 */
export function MadangProvider({client, children}: {client: AnyClient; children?: ReactNode}) {
  return <ClientContext.Provider value={client as Client}>{children}</ClientContext.Provider>;
}

/** The client of the provider above: for what components do, such as `send`. Throws where there is none. */
export function useMadang(): Client {
  const client = useContext(ClientContext);
  if (client === undefined) throw new Error('This needs a <MadangProvider client={…}> above it.');
  return client;
}
