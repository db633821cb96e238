import type {Message} from './wire.ts';

type Thread = NonNullable<Message['thread']>;

/** Where the server stops counting. */
const maxReplies = 100;

/**
 * How long the threads of a room are. Pages of history say it of their messages, and replies above the last one that was
 * counted there come on top. A reply counts once, however often it is told, and also once it is deleted.
 */
export class ThreadCounts {
  readonly #told = new Map<number, Thread>();
  readonly #replies = new Map<number, Set<number>>();

  /** Takes in a message, which may be a reply, or say how long its own thread is. */
  note({seq, threadOf, thread}: Message): void {
    if (threadOf !== undefined) {
      const replies = this.#replies.get(threadOf) ?? new Set();
      this.#replies.set(threadOf, replies.add(seq));
    }
    const told = this.#told.get(seq);
    if (thread !== undefined && thread.lastSeq >= (told?.lastSeq ?? 0)) this.#told.set(seq, thread);
  }

  /** The message with its thread as it is now; the same object if that is what it has. */
  shownOn(message: Message): Message {
    const thread = this.#threadOf(message.seq);
    const {replies, lastSeq} = message.thread ?? {};
    if (thread?.replies === replies && thread?.lastSeq === lastSeq) return message;
    return {...message, ...(thread && {thread})};
  }

  clear(): void {
    this.#told.clear();
    this.#replies.clear();
  }

  #threadOf(rootSeq: number): Thread | undefined {
    const told = this.#told.get(rootSeq);
    const last = told?.lastSeq ?? rootSeq;
    const more = [...(this.#replies.get(rootSeq) ?? [])].filter((seq) => seq > last);
    if (more.length === 0) return told;
    return {
      replies: Math.min(maxReplies, (told?.replies ?? 0) + more.length),
      lastSeq: Math.max(...more),
    };
  }
}
