// Search on real databases: pages of hits equal a plain scan at every moment, also under the two kinds of locales, and
// nothing is found that message:list would not show.
import {afterAll, expect, test} from 'vitest';
import {createWorld, silent} from '../../test/fixtures.ts';
import {scan} from '../../test/scan.ts';
import {createMoveReader, numberMoves} from '../jobs/numbered-moves.ts';
import {moveProjector} from '../jobs/projector.ts';
import {createAppender} from '../messages/append.ts';
import {deleteMessage, editMessage} from '../messages/messages.ts';
import {removeMember} from '../rooms/members.ts';
import {grantManagement} from '../rooms/membership.ts';
import {closeRoom, truncateRoom} from '../rooms/rooms.ts';
import {lockChunks, projectChunks} from './chunks.ts';
import {createRoomChunker} from './room-chunker.ts';
import {searchMessages} from './search-messages.ts';

type World = Awaited<ReturnType<typeof createWorld>>;

async function stageOf(world: World) {
  const {db, tenantId, query} = world;
  const {append} = world.closing(
    createAppender(db, {log: silent, onCommitted: () => {}, deadlineMs: 60_000}),
  );
  const reader = world.closing(createMoveReader(db, {name: 'projector', deadlineMs: 20_000}));
  await reader.next(async () => {});
  afterAll(() => reader.close());
  const chunker = (quietMs: number) =>
    world.closing(createRoomChunker(db, {quietMs, rooms: 3, deadlineMs: 20_000}));

  type Input = Omit<Parameters<typeof searchMessages>[2], 'query'> & {query?: string};
  const page = (userId: string, {query: words = '', ...input}: Input) =>
    searchMessages(db, {tenantId, userId}, {query: words, ...input});

  return {
    page,
    chunker,
    /** What the worker's job does, until nothing is left. */
    async project() {
      while ((await numberMoves(db, {limit: 1_000})) > 0);
      await reader.next(async (rooms, run) => {
        await lockChunks(run, rooms);
        await projectChunks(run, rooms);
        await moveProjector(run, rooms);
      });
    },
    async say(roomId: string, senderId: string, text: string) {
      return (await append({...world.item(roomId, senderId, text), receivedAt: performance.now()})).seq;
    },
    /** The hits of all pages, as they come. */
    async all(userId: string, input: Input) {
      const hits: string[] = [];
      let after: string | undefined;
      let pages = 0;
      do {
        const {hits: found, next} = await page(userId, {...input, after});
        hits.push(...found.map(({roomId, seq}) => `${roomId} ${seq}`));
        after = next;
        pages += 1;
      } while (after !== undefined && pages < 500);
      return hits;
    },
    chunksOf: (roomId: string) =>
      query<{from: number; to: number; terms: number}>(
        `select from_seq as from, to_seq as to, cardinality(terms) as terms from search_chunks where room_id = $1 order by 1`,
        [roomId],
      ),
    /** Everything that the user is shown at this moment, to be scanned for words. */
    async shownTo(userId: string) {
      const rows = await query<{roomId: string; seq: number; text: string}>(
        `select m.room_id as "roomId", m.seq, m.text from messages m
         join rooms r on r.id = m.room_id and r.closed_at is null and m.seq >= coalesce(r.first_seq, 0)
         join memberships s on s.room_id = r.id and s.user_id = $1 and not s.banned
         where m.deleted_at is null`,
        [userId],
      );
      return (words: string) =>
        rows
          .filter(({text}) => scan(words, text))
          .map(({roomId, seq}) => `${roomId} ${seq}`)
          .toSorted();
    },
  };
}

const lexicon = {
  ko: ['회의', '회의실', '내일', '오늘', '점심', '배포', '서버', '오류', '일정', '마당', '봐요', '합니다', '했어요'],
  ja: ['会議', '会議室', '明日', '今日', 'サーバー', 'エラー', 'リリース', 'お願いします', 'です', 'しました', '予定'],
  zh: ['会议', '会议室', '明天', '今天', '服务器', '错误', '发布', '计划', '请', '谢谢', '我们'],
  th: ['ประชุม', 'พรุ่งนี้', 'วันนี้', 'เซิร์ฟเวอร์', 'ข้อผิดพลาด', 'กำหนดการ', 'ขอบคุณ', 'น้ำ'],
  ru: ['встреча', 'завтра', 'сегодня', 'сервер', 'ошибка', 'релиз', 'план', 'ещё', 'спасибо', 'мы'],
  en: ['meeting', 'meet', 'tomorrow', 'today', 'server', 'error', 'release', 'plan', 'planned', 'thanks', 'Café'],
}; // prettier-ignore
const languages = Object.values(lexicon);
const spaced = new Set([lexicon.ko, lexicon.ru, lexicon.en]);

/** Mulberry32: the same numbers each time. */
function randomOf(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const of = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)]!;
  return {
    below: (count: number) => Math.floor(next() * count),
    of,
    text() {
      const words = of(languages);
      const count = 1 + Math.floor(next() * 7);
      return Array.from({length: count}, () => of(words)).join(spaced.has(words) ? ' ' : '');
    },
    /** A word, its beginning, a piece of a run, or two of these. */
    query() {
      const word = () => {
        const words = of(languages);
        const letters = Array.from(of(words));
        const from =
          spaced.has(words) && words !== lexicon.ko ? 0 : Math.floor(next() * (letters.length - 1));
        return letters.slice(from, from + 2 + Math.floor(next() * letters.length)).join('');
      };
      return next() < 0.3 ? `${word()} ${word()}` : word();
    },
  };
}

for (const [locale, options] of [
  ['C', `locale 'C'`],
  ['ICU', `locale_provider icu icu_locale 'und' locale 'C'`],
] as const) {
  test(`500 queries find what a scan finds, also right after the acknowledgement (${locale})`, async () => {
    const world = await createWorld({options});
    const {say, all, shownTo, project, chunker, chunksOf} = await stageOf(world);
    const {db, account, room, join, member} = world;
    const [ann, ben] = [await account(), await account()];
    const rooms = await Promise.all(['One', 'Two', 'Three'].map((title) => room(ann.id, {title})));
    for (const {id} of rooms.slice(0, 2)) await join(id, ben.id);
    const [small] = rooms;
    const random = randomOf(7);
    const sent: {roomId: string; seq: number}[] = [];
    let equal = 0;

    const speak = (count: number) =>
      Promise.all(
        Array.from({length: count}, async () => {
          const roomId = random.below(20) === 0 ? small!.id : random.of(rooms.slice(1)).id;
          sent.push({roomId, seq: await say(roomId, ann.id, random.text())});
        }),
      );
    /** One message may come twice only while the projector has not seen its change. */
    const compare = async (count: number, isQuiet = false) => {
      const readers = await Promise.all(
        [ann.id, ben.id].map(async (id) => ({id, scanned: await shownTo(id)})),
      );
      const ask = async () => {
        const words = random.query();
        const {id, scanned} = random.of(readers);
        const hits = await all(id, {query: words});
        expect([...new Set(hits)].toSorted(), words).toEqual(scanned(words));
        if (isQuiet) expect(hits.length).toBe(new Set(hits).size);
        equal += 1;
      };
      for (let no = 0; no < count; no += 5) await Promise.all(Array.from({length: 5}, ask));
    };

    for (const round of [0, 1, 2, 3, 4]) {
      await speak(200);
      await compare(50);
      if (round !== 1) await project();
      const me = {[small!.id]: await member(small!.id, ann.id)};
      for (const {roomId, seq} of Array.from({length: 12}, () => random.of(sent))) {
        me[roomId] ??= await member(roomId, ann.id);
        if (random.below(3) > 0)
          await editMessage(db, me[roomId], {seq, text: random.text()}).catch(() => {});
        else await deleteMessage(db, me[roomId], {seq}).catch(() => {});
      }
      await compare(25);
      await project();
      if (round === 3) {
        const quiet = chunker(0);
        while ((await quiet.next()) > 0);
      }
      await compare(25, true);
    }

    expect(equal).toBe(500);
    for (const {id} of rooms) expect((await chunksOf(id)).length).toBeGreaterThan(0);
  }, 240_000);
}

const world = await createWorld();
const {db, tenantId, account, room, join, member, query} = world;
const {page, say, all, shownTo, project, chunker, chunksOf} = await stageOf(world);

/** A room of two in which one of them wrote this many messages. */
async function roomOfTwo(count: number, textOf: (no: number) => string) {
  const [ann, ben] = [await account(), await account()];
  const {id: roomId} = await room(ann.id);
  await join(roomId, ben.id);
  // They keep this order, and share commits.
  const seqs = await Promise.all(Array.from({length: count}, (_, no) => say(roomId, ann.id, textOf(no))));
  return {ann, ben, roomId, seqs, manager: grantManagement({tenantId, roomId, userId: ann.id})};
}

test('the projector chunks 64 messages after 64, without a message in between', async () => {
  const {roomId, seqs, ann} = await roomOfTwo(63, (no) => `word${no}`);
  await project();
  expect(await chunksOf(roomId)).toEqual([]);

  seqs.push(...(await Promise.all(Array.from({length: 87}, (_, no) => say(roomId, ann.id, `more${no}`)))));
  await project();
  await project();
  expect(await chunksOf(roomId)).toMatchObject([
    {from: seqs[0], to: seqs[63]},
    {from: seqs[64], to: seqs[127]},
  ]);
});

test('an edit adds terms, a deletion takes them away, and a repeat of either changes nothing', async () => {
  const {roomId, seqs, ann, ben, manager} = await roomOfTwo(64, (no) => `only${no}of them`);
  await project();
  const [before] = await chunksOf(roomId);
  await editMessage(db, await member(roomId, ann.id), {seq: seqs[5]!, text: 'zebra'});
  expect(await all(ben.id, {query: 'zebra'})).toEqual([`${roomId} ${seqs[5]}`]);
  await project();
  const [edited] = await chunksOf(roomId);
  expect(edited!.terms).toBeGreaterThan(before!.terms);
  expect(await all(ben.id, {query: 'zebra'})).toEqual([`${roomId} ${seqs[5]}`]);
  expect(await all(ben.id, {query: 'only5of'})).toEqual([]);

  await deleteMessage(db, manager, {seq: seqs[5]!});
  expect(await all(ben.id, {query: 'zebra'})).toEqual([]);
  await project();
  const [deleted] = await chunksOf(roomId);
  expect(deleted!.terms).toBeLessThan(before!.terms + 1);
  expect(deleted).toMatchObject({from: seqs[0], to: seqs[63]});
  for (const seq of seqs) await deleteMessage(db, manager, {seq});
  await project();
  expect(await chunksOf(roomId)).toEqual([{from: seqs[0], to: seqs[63], terms: 0}]);
});

test('what is truncated or closed has no chunk any more, and is found by nobody', async () => {
  const {roomId, seqs, ben, manager} = await roomOfTwo(200, (no) => `brick ${no}`);
  await project();
  expect(await chunksOf(roomId)).toHaveLength(3);
  await truncateRoom(db, manager, {before: seqs[100]!});
  expect(await all(ben.id, {query: 'brick'})).toHaveLength(100);
  await project();
  expect(await chunksOf(roomId)).toMatchObject([
    {from: seqs[64], to: seqs[127]},
    {from: seqs[128], to: seqs[191]},
  ]);
  expect((await all(ben.id, {query: 'brick'})).toSorted()).toEqual((await shownTo(ben.id))('brick'));

  await closeRoom(db, manager);
  expect(await all(ben.id, {query: 'brick'})).toEqual([]);
  await project();
  expect(await chunksOf(roomId)).toEqual([]);
});

test('of 200 hits none is out of rights after deletions, edits, a kick and another join', async () => {
  const {roomId, seqs, ann, ben, manager} = await roomOfTwo(200, (no) => `harbour ${no}`);
  await project();
  const {next} = await page(ben.id, {query: 'harbour'});
  expect(await all(ben.id, {query: 'harbour'})).toHaveLength(200);

  const me = await member(roomId, ann.id);
  for (const seq of seqs.slice(0, 50)) await deleteMessage(db, manager, {seq});
  for (const seq of seqs.slice(50, 100)) await editMessage(db, me, {seq, text: 'gone'});
  expect(new Set(await all(ben.id, {query: 'harbour'}))).toEqual(
    new Set(seqs.slice(100).map((seq) => `${roomId} ${seq}`)),
  );

  await removeMember(db, manager, {userId: ben.id});
  expect(await all(ben.id, {query: 'harbour'})).toEqual([]);
  expect((await page(ben.id, {query: 'harbour', after: next!})).hits).toEqual([]);
  expect(await all(ben.id, {query: 'harbour', roomId})).toEqual([]);

  await query(`update room_types set may_history = 2 where tenant_id = $1`, [tenantId]);
  await join(roomId, ben.id);
  expect(await all(ben.id, {query: 'harbour'})).toEqual([]);
  const seq = await say(roomId, ann.id, 'harbour again');
  expect(await all(ben.id, {query: 'harbour'})).toEqual([`${roomId} ${seq}`]);
  expect(await all(ann.id, {query: 'harbour'})).toHaveLength(101);
  await query(`update room_types set may_history = 1 where tenant_id = $1`, [tenantId]);
});

test('narrows by room, sender, time and what a message has', async () => {
  const {roomId, ann, ben} = await roomOfTwo(70, (no) => `lamp ${no}`);
  const {id: elsewhere} = await room(ann.id);
  await say(elsewhere, ann.id, 'lamp elsewhere');
  await project();
  const seq = await say(roomId, ben.id, 'lamp https://example.com `code`');
  const found = (input: Parameters<typeof all>[1]) => all(ann.id, {query: 'lamp', ...input});

  expect(await found({})).toHaveLength(72);
  expect(await found({roomId: elsewhere})).toHaveLength(1);
  for (const only of [{from: ben.id}, {has: 'link'}, {has: 'code'}] as const)
    expect(await found({...only})).toEqual([`${roomId} ${seq}`]);
  expect(await all(ann.id, {query: '', from: ben.id})).toEqual([`${roomId} ${seq}`]);
  expect(await found({has: 'image'})).toEqual([]);

  const [{at}] = (await query<{at: Date}>(
    'select created_at as at from messages where room_id = $1 and seq = 40',
    [roomId],
  )) as [{at: Date}];
  const time = new Date(at).toISOString();
  const since = await found({since: time});
  const until = await found({until: time});
  expect(since.length + until.length).toBe(72);
  expect(until).not.toContain(`${roomId} 40`);
  expect(since).toContain(`${roomId} 40`);
});

test('pages pass over nothing while messages arrive, and say how far they have come', async () => {
  const {roomId, ann, ben} = await roomOfTwo(640, (no) => `river ${no}`);
  await project();
  const expected = (await shownTo(ben.id))('river');
  const seen = new Set<string>();
  let after: string | undefined;
  let before = Infinity;
  do {
    const {hits, next, searchedTo} = await page(ben.id, {query: 'river', after});
    for (const {seq} of hits) seen.add(`${roomId} ${seq}`);
    expect(hits.map(({createdAt}) => createdAt)).toEqual(
      hits
        .map(({createdAt}) => createdAt)
        .toSorted()
        .toReversed(),
    );
    if (next !== undefined) expect(Date.parse(searchedTo)).toBeLessThanOrEqual(before);
    else expect(searchedTo).toBe('1970-01-01T00:00:00.000Z');
    before = Date.parse(searchedTo);
    after = next;
    await Promise.all(Array.from({length: 20}, () => say(roomId, ann.id, 'river again')));
    await project();
  } while (after !== undefined);

  expect(expected.filter((hit) => !seen.has(hit))).toEqual([]);
}, 60_000);

test('messages older than the release become searchable newest first, and a search says so meanwhile', async () => {
  const {roomId, ben} = await roomOfTwo(1, () => 'first');
  await query(
    `insert into messages (room_id, seq, rev, sender_id, sender, client_id, text, created_at)
     select $1, no, no, sender_id, sender, gen_random_uuid(), 'ancient' || case when no % 20 = 0 then ' marker' else '' end, '2020-01-01'::timestamptz + no * interval '1 minute'
     from messages, generate_series(2, 2500) as no where room_id = $1 and seq = 1`,
    [roomId],
  );
  await query('update rooms set head = 2500 where id = $1', [roomId]);
  await query(
    `insert into projector_positions (room_id, rev) values ($1, 2500) on conflict (room_id) do update set rev = 2500`,
    [roomId],
  );
  const start = await page(ben.id, {query: 'ancient'});
  expect(Date.parse(start.searchedTo)).toBeGreaterThan(Date.parse('2025-01-01'));

  const job = chunker(0);
  while ((await chunksOf(roomId)).length === 0) await job.next();
  await job.close();
  const early = await all(ben.id, {query: 'marker'});
  expect(early).toContain(`${roomId} 2500`);
  expect(early.length).toBeLessThan(125);
  const last = (await chunksOf(roomId))[0]!.from;
  const {searchedTo} = await page(ben.id, {query: 'ancient nothing'});
  expect(searchedTo).toBe(new Date(Date.UTC(2020, 0, 1, 0, last - 1)).toISOString());

  const next = chunker(0);
  while ((await next.next()) > 0);
  expect(await all(ben.id, {query: 'marker'})).toHaveLength(125);
  expect((await page(ben.id, {query: 'ancient nothing'})).searchedTo).toBe('1970-01-01T00:00:00.000Z');
  const chunks = await chunksOf(roomId);
  expect(chunks.slice(1).map(({from}) => from)).toEqual(chunks.slice(0, -1).map(({to}) => to + 1));
}, 120_000);

test('an edit and the making of its chunk that meet lose no term', async () => {
  const {roomId, ann, ben, seqs} = await roomOfTwo(64, (no) => `shore ${no}`);
  const me = await member(roomId, ann.id);
  const job = chunker(0);
  await Promise.all([
    (async () => {
      while ((await job.next()) > 0);
    })(),
    (async () => {
      for (const [no, seq] of seqs.entries()) await editMessage(db, me, {seq, text: `dune ${no}`});
    })(),
    project(),
  ]);
  await project();
  await project();

  expect(await all(ben.id, {query: 'dune'})).toHaveLength(64);
  expect(await all(ben.id, {query: 'shore'})).toEqual([]);
});
