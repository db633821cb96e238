import {queryOf} from './addresses.ts';
import type {Request} from './request.ts';

/** The most items of a page. */
export const pageSize = 200;

/** Yields the items of a list, and asks for a page only when those before it are used up. `name` is the list's field in the answer. */
export async function* itemsOf<Item>(
  request: Request,
  address: string,
  name: string,
  filter: object = {},
): AsyncGenerator<Item, void, undefined> {
  for (let next: {after?: string} = {}; ;) {
    const query = queryOf({limit: pageSize, ...filter, ...next});
    const page = await request<Record<string, unknown> & {next?: string}>('GET', `${address}?${query}`);
    yield* page[name] as Item[];
    if (page.next === undefined) return;
    next = {after: page.next};
  }
}
