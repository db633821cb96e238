/** Files on their way in and out over HTTP. */

/** A file that comes with a request; nothing of it is read before it is asked for. */
export type Upload = {
  /** `waitedMs`: how long its turn did not come. */
  read(): Promise<{name: string; bytes: Buffer; waitedMs: number}>;
};

/** A file to be sent, read as far as its reader takes it. */
export type ServedFile = {
  name: string;
  type: string;
  size: number;
  /** Another one for other content. */
  tag: string;
  parts: AsyncIterable<Buffer>;
};
