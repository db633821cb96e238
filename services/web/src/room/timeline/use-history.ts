import type {DetachedPage, DetachedSnapshot, MessagesSnapshot} from '@madang/client/client';
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import {useLocation} from 'wouter';
import {client} from '../../chat/client.ts';
import type {OpenRoom} from '../../chat/rooms.ts';
import {roomAddress} from '../../shell/room-address.ts';
import {shows, type Part} from './part.ts';
import {keepPosition, type Position} from './positions.ts';
import {historyPage} from './rows.ts';

/** Where the list is to go next: to a message, to its end, or back to an earlier place. Each goal is pursued once. */
export type Goal = {no: number; to: {seq: number} | {position: Position} | 'end'; takesFocus: boolean};

/** How many of the newest messages must be above the user's place before these are shown again. */
const rowsAbove = 10;

type History = {
  /** What the list shows; undefined until it is known where to begin. */
  part: Part | undefined;
  goal: Goal | undefined;
  /** Why the last message that was aimed at is not shown: it is not there, or it could not be read. */
  failure: 'lost' | {error: unknown} | undefined;
  jumpTo: (seq: number) => void;
  /** Leaves older messages for the newest ones. */
  toNewest: () => void;
  /** Takes note of where the user is. Without a position they are at the end. */
  onPlace: (position: Position | undefined) => void;
};

const nothing: DetachedSnapshot = {messages: [], hasEarlier: false, hasLater: false};
const noStore = {subscribe: () => () => undefined, snapshot: () => nothing};

/**
 * Leads to messages, however far back they are.
 *
 * One that is not among the loaded newest messages is shown with those around it, apart from the newest. Where paging down
 * meets the loaded newest ones, the list shows these again, and nothing moves. The address leads: `seq` is the message in
 * it.
 */
export function useHistory(
  view: OpenRoom,
  seq: number | undefined,
  leave: () => Position | undefined,
): History {
  const {id, messages, hasEarlier} = view;
  const [, navigate] = useLocation();
  const [page, setPage] = useState<DetachedPage>();
  const [goal, setGoal] = useState<Goal>();
  const [failure, setFailure] = useState<History['failure']>();
  const [isBegun, setBegun] = useState(seq === undefined);
  const {subscribe, snapshot} = page?.store ?? noStore;
  const held = useSyncExternalStore(subscribe, snapshot);
  const latest = useRef({page, isBegun, view, seq, leave});
  useLayoutEffect(() => {
    latest.current = {page, isBegun, view, seq, leave};
  });
  useEffect(() => () => page?.close(), [page]);

  /** Counts the jumps. What an earlier one still brings is not shown. */
  const jumps = useRef(0);
  /** Where the user was among the newest messages before the jumps. */
  const from = useRef<{position: Position | undefined}>(undefined);
  /** The address has changed because of where the user is, not to lead them elsewhere. */
  const isOwnChange = useRef(false);

  const go = useCallback((to: Goal['to'], takesFocus: boolean) => {
    setGoal((before) => ({no: (before?.no ?? 0) + 1, to, takesFocus}));
  }, []);
  const attach = useCallback(() => {
    jumps.current += 1;
    from.current = undefined;
    setPage(undefined);
    setFailure(undefined);
    if (latest.current.seq === undefined) return;
    isOwnChange.current = true;
    navigate(roomAddress(id), {replace: true});
  }, [id, navigate]);

  const jump = useCallback(
    async (target: number) => {
      const no = (jumps.current += 1);
      const isCurrent = () => no === jumps.current;
      const {page: before, isBegun: hasList} = latest.current;
      setFailure(undefined);
      if (before === undefined && hasList) from.current ??= {position: latest.current.leave()};
      try {
        if (before !== undefined && shows(before.store.snapshot(), target)) return go({seq: target}, true);
        const isLoaded = shows(client.stores.messages(id).snapshot(), target);
        const isNewest = isLoaded || shows(await firstPage(id), target);
        if (!isCurrent()) return;
        if (!isNewest) {
          const opened = await client.openAround(id, target);
          const isThere = shows(opened.store.snapshot(), target);
          if (!isCurrent() || !isThere) opened.close();
          if (!isCurrent()) return;
          if (!isThere) return setFailure('lost');
          setPage(opened);
        } else setPage(undefined);
        go({seq: target}, true);
      } catch (error) {
        if (isCurrent()) setFailure({error});
      } finally {
        if (isCurrent()) setBegun(true);
      }
    },
    [id, go],
  );

  const shownSeq = useRef<number>(undefined);
  useEffect(() => {
    const before = shownSeq.current;
    shownSeq.current = seq;
    if (seq !== undefined) return void jump(seq);
    if (before === undefined) return;
    if (isOwnChange.current) return void (isOwnChange.current = false);
    // Back from a message leads to where the user was before.
    jumps.current += 1;
    const position = from.current?.position;
    from.current = undefined;
    setPage(undefined);
    setFailure(undefined);
    setBegun(true);
    go(position === undefined ? 'end' : {position}, false);
  }, [seq, jump, go]);
  const jumpTo = useCallback((target: number) => void jump(target), [jump]);

  const toNewest = useCallback(() => {
    keepPosition(id, undefined);
    attach();
    go('end', true);
  }, [id, attach, go]);

  // The user's own new message is shown, so they are led to the newest ones.
  const own = view.pending.at(-1)?.clientId;
  const lastOwn = useRef(own);
  useEffect(() => {
    const isNew = own !== undefined && own !== lastOwn.current;
    lastOwn.current = own;
    if (!isNew || latest.current.page === undefined) return;
    attach();
    go('end', false);
  }, [own, attach, go]);

  // The newest messages may have been dropped, because the log was replaced.
  const isMissing = page !== undefined && messages.length < historyPage && hasEarlier;
  useEffect(() => {
    if (isMissing) firstPage(id).catch(() => undefined);
  }, [isMissing, id]);

  const onPlace = useCallback(
    (position: Position | undefined) => {
      const {view: live, page: current} = latest.current;
      if (current === undefined) return keepPosition(id, position);
      // The rows below are then the same in both, and there are enough above for the place to be kept.
      const isMet =
        position === undefined || live.messages.slice(rowsAbove).some((one) => one.seq === position.seq);
      if (!isMet || current.store.snapshot().hasLater || live.messages.length === 0) return;
      keepPosition(id, position);
      attach();
    },
    [id, attach],
  );

  const part = useMemo<Part>(
    () =>
      page === undefined
        ? {
            page,
            messages,
            hasEarlier,
            hasLater: false,
            loadEarlier: () => client.loadEarlier(id, historyPage),
            loadLater: () => Promise.resolve(),
          }
        : {
            ...held,
            page,
            loadEarlier: () => page.loadEarlier(),
            loadLater: () => page.loadLater(),
          },
    [id, page, held, messages, hasEarlier],
  );
  return {part: isBegun ? part : undefined, goal, failure, jumpTo, toNewest, onPlace};
}

/** Returns the newest messages. Loads some if there are few yet. */
async function firstPage(roomId: string): Promise<MessagesSnapshot> {
  const store = client.stores.messages(roomId);
  const {messages, hasEarlier} = store.snapshot();
  if (messages.length < historyPage && hasEarlier) await client.loadEarlier(roomId, historyPage);
  return store.snapshot();
}
