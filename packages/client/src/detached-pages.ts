import {DetachedPage, type DetachedSources} from './detached-page.ts';
import {Announcements} from './store.ts';
import type {Frame} from './wire.ts';

/** The detached pages of a client that are open. */
export class DetachedPages {
  readonly #client: DetachedSources;
  readonly #announcements = new Announcements();
  readonly #open = new Set<DetachedPage>();

  constructor(client: DetachedSources) {
    this.#client = client;
  }

  /** Opens a page that receives what its room's log, of this epoch, brings from now on, and reads it. */
  async open(roomId: string, seq: number, epoch?: string): Promise<DetachedPage> {
    const page = new DetachedPage(this.#client, this.#announcements, {roomId, seq}, (closed) =>
      this.#open.delete(closed),
    );
    this.#open.add(page);
    if (epoch !== undefined) page.follow(epoch);
    try {
      await page.load();
    } catch (error) {
      page.close();
      throw error;
    }
    return page;
  }

  in(roomId: string): DetachedPage[] {
    return [...this.#open].filter((page) => page.roomId === roomId);
  }

  /** A room's log is now of this epoch. Where that is another one, what was read is no longer the room's history. */
  follow(roomId: string, epoch: string): void {
    for (const page of this.in(roomId)) page.follow(epoch);
  }

  /** Hands on a frame that the room's timeline has applied. */
  take(frame: Frame): void {
    for (const page of this.in(frame.roomId)) page.take(frame);
  }
}
