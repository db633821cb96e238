/** What people find at the end of a run: in their inboxes, and by searching. */
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import {waitFor} from '@madang/testkit/wait-for';
import {ask} from './ask.ts';
import {checkInboxes, type Item} from './checker/inbox.ts';
import {checkSearches, type Search} from './checker/search.ts';
import type {Violation} from './checker/violation.ts';
import type {Crowd} from './generator/crowd.ts';
import type {Person} from './generator/person.ts';
import type {Stored} from './history/stored.ts';

/** Items come within 6 s of their messages without Redis. After the last fault there is more to make up for. */
const projectedWithinMs = 30_000;
const searchesOfEach = 3;

/** Everyone must have the items of what is stored, each once and no other, in time. */
export async function checkItems(
  cluster: ProcessCluster,
  {people}: Crowd,
  stored: Stored,
  timeoutMs = projectedWithinMs,
): Promise<Violation[]> {
  let violations: Violation[] = [];
  const isRight = async () => {
    const items = new Map<string, Item[]>();
    for (const [index, person] of people.entries())
      items.set(person.userId, await readInbox(nodeOf(cluster, index), person));
    violations = checkInboxes(items, stored);
    return violations.length === 0;
  };
  await waitFor(isRight, {timeoutMs, everyMs: 1_000, what: 'the inboxes'}).catch(() => undefined);
  return violations;
}

async function readInbox(url: string, {sdk}: Person): Promise<Item[]> {
  type Page = {notifications: {id: string; type: string; data: Omit<Item, 'id' | 'type'>}[]};
  const items: Item[] = [];
  for await (const {notifications} of pages<Page>(
    url,
    '/notifications',
    {limit: '100'},
    sdk.client.cookie!,
  )) {
    for (const {id, type, data} of notifications) items.push({id, type, roomId: data.roomId, seq: data.seq});
  }
  return items;
}

/** Everyone looks for a few of the stored texts, and finds what a scan of the rooms would. */
export async function checkSearching(
  cluster: ProcessCluster,
  {people}: Crowd,
  stored: Stored,
): Promise<Violation[]> {
  const searches: Search[] = [];
  for (const [index, person] of people.entries()) {
    for (let no = 0; no < searchesOfEach; no += 1) {
      const at = Math.floor(
        ((index * searchesOfEach + no) / (people.length * searchesOfEach)) * stored.messages.length,
      );
      const words = stored.messages[at]?.text.split(' @')[0];
      if (words) searches.push(await search(nodeOf(cluster, index), person, words));
    }
  }
  return checkSearches(searches, stored);
}

async function search(url: string, {sdk, userId}: Person, words: string): Promise<Search> {
  type Page = {hits: {roomId: string; seq: number}[]};
  const found: Search['hits'][number][] = [];
  for await (const {hits} of pages<Page>(url, '/search', {query: `"${words}"`}, sdk.client.cookie!)) {
    for (const {roomId, seq} of hits) found.push({roomId, seq});
  }
  return {userId, words, hits: found};
}

/** All pages of a list, one after the other. */
async function* pages<Page extends object>(
  url: string,
  path: string,
  query: Record<string, string>,
  cookie: string,
): AsyncGenerator<Awaited<Page>> {
  let after: string | undefined;
  do {
    const asked = new URLSearchParams({...query, ...(after === undefined ? {} : {after})});
    const page = await ask<{next?: string}>(url, `${path}?${asked}`, cookie);
    yield page as Awaited<Page>;
    after = page.next;
  } while (after !== undefined);
}

function nodeOf({gateways}: ProcessCluster, index: number): string {
  return gateways[index % gateways.length]!.url;
}
