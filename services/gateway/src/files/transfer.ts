/** Files received and sent over HTTP. */

/** A file that comes with a request. It is read only when `read` is called. */
export type Upload = {
  /** `waitedMs`: how long it waited for its turn. */
  read(): Promise<{name: string; bytes: Buffer; waitedMs: number}>;
};

/** A file to send, read as fast as its receiver takes it. */
export type ServedFile = {
  name: string;
  type: string;
  size: number;
  /** Differs for different content. */
  tag: string;
  parts: AsyncIterable<Buffer>;
};
