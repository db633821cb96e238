import type {Client} from '@madang/client';
import {createContext, useContext, type ReactNode} from 'react';

const ClientContext = createContext<Client | undefined>(undefined);

/** A client, including one that was made with types of a product's own `data`. */
export type AnyClient = Pick<Client, 'disconnect' | 'fileUrl' | 'may'>;

/**
 * Gives a client to the components below it. It does not create, connect or close the client: a client outlives every
 * component, and React may mount and unmount components at any time.
 */
export function MadangProvider({client, children}: {client: AnyClient; children?: ReactNode}) {
  return <ClientContext.Provider value={client as Client}>{children}</ClientContext.Provider>;
}

/** Returns the client of the provider above, for actions such as `send`. Throws if there is no provider. */
export function useMadang(): Client {
  const client = useContext(ClientContext);
  if (client === undefined) throw new Error('This needs a <MadangProvider client={…}> above it.');
  return client;
}
