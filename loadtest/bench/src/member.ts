/** One signed-in connection. */
export interface Member {
  /** Called with each payload that carries messages of the member's room, as it came. */
  onPayload: (payload: Buffer) => void;
  /** Resolves with the server's acknowledgement; rejects when it refuses. */
  send(clientId: string, text: string): Promise<void>;
  close(): void;
}

/** Gives the clientIds of the messages in a payload; throws a Violation where the server broke its own promise. */
export type ReadPayload = (payload: Buffer) => string[];
