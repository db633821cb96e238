import {queryOf} from './addresses.ts';
import type {Request} from './request.ts';

/** The largest page that the cluster allows. */
export const pageSize = 200;

/**
 * Yields the items of a list. It asks for a page only when the earlier ones are used up. `name` is the list's field in the
 * answer.
 */
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
