/** One signed-in connection. */
export interface Member {
  /** Called with each payload that carries messages of the member's room, unparsed. */
  onPayload: (payload: Buffer) => void;
  /** Resolves with the server's acknowledgement; rejects when it refuses. */
  send(clientId: string, text: string): Promise<void>;
  close(): void;
}

/** Returns the clientIds of the messages in a payload. Throws a Violation if the server broke its own promise. */
export type ReadPayload = (payload: Buffer) => string[];
