import {mutants as ofVerify} from '@madang/verify/mutants/mutants';
import type {Mutant} from './mutant.ts';

const lagging = 'services/gateway/src/delivery/lagging-rooms.ts';
const pulse = 'services/gateway/src/delivery/pulse.ts';
const feed = 'services/gateway/src/delivery/feed.ts';
const signals = 'services/gateway/src/delivery/signals.ts';
const subscriptions = 'services/gateway/src/delivery/subscriptions.ts';
const timeline = 'packages/client/src/timeline.ts';
const question = 'loadtest/simulate/src/store/question.ts';
const writing = 'loadtest/simulate/src/store/writing.ts';

/** Bugs in the sources that `verify` has as well. */
const shared = [
  'acknowledge-refused',
  'resume-reads-before-it-joins',
  'gaps-are-passed-over',
  'no-repair-by-pulse',
  'order-of-arrival',
  'sign-out-closes-nothing',
  'sign-out-on-one-node',
  'hearing-after-a-kick',
  'retry-under-a-new-id',
  'cursor-jumps-on-resume',
];

/** Bugs that `verify` makes in the database, made here in the simulated store. */
const ofDatabase: Record<string, Mutant['patches'][number]> = {
  'no-unique-client-id': {
    file: writing,
    find: 'each.sender.id === sender.id && each.clientId === clientId',
    replace: 'false && each.clientId === clientId && sender',
  },
  'short-memory-of-client-ids': {
    file: writing,
    find: 'each.sender.id === sender.id && each.clientId === clientId',
    replace:
      'each.sender.id === sender.id && each.clientId === clientId && Date.parse(each.createdAt) > Date.now() - 1_000',
  },
  'rev-from-a-sequence': {
    file: writing,
    find: 'const seq = ++room.head;',
    replace: 'const seq = (room.head += 1 + (write.xact % 3));',
  },
  'rev-from-the-clock': {
    file: writing,
    find: 'const seq = ++room.head;',
    replace: 'const seq = (room.head = Math.max(room.head + 1, Math.floor(write.nowMs)));',
  },
  'membership-cached-for-ever': {
    file: writing,
    find: "if (!room.members.has(sender.id)) return {outcome: 'forbidden'};",
    replace: '',
  },
  'kick-without-its-end': {file: writing, find: 'span.leftAt = leftAt;', replace: ''},
  'edits-take-no-rev': {file: writing, find: 'row.rev = ++room.head;', replace: 'room.head += 1;'},
  'pulse-reads-from-the-newest': {
    file: question,
    find: 'xact >= last.xmax || last.open.includes(xact)',
    replace: 'xact >= last.xmax',
  },
  'a-batch-leaves-no-move': {
    file: writing,
    find: 'for (const room of moved) noteMove(write, room);',
    replace: '',
  },
  'moves-are-pruned-unread': {file: question, find: ' || isPruned', replace: ''},
};

/** One for each assumption of "Why the pulse misses nothing" in docs/architecture.md, and bugs that were found once. */
const ownBugs: Mutant[] = [
  {
    name: 'joined-overtakes-the-answer',
    says: 'a signal of an older join is delivered before session:start is answered (the long run 2028)',
    patches: [
      {
        file: subscriptions,
        find: 'const isOlder = memberMs >= connectedMs;',
        replace: 'const isOlder = false;',
      },
    ],
  },
  {
    name: 'signal-lost-to-a-failed-try',
    says: 'a join signalled during a subscription is forgotten when the subscription fails',
    patches: [
      {
        file: subscriptions,
        find: '      // The subscription under way may fail, and then its client need not ask again.\n      if (this.#subscribing.has(roomId)) throw notYet();\n',
        replace: '      if (this.#subscribing.has(roomId)) return;\n',
      },
    ],
  },
  {
    name: 'an-older-move-wins',
    says: 'if a room moves several times, the first move counts, not the newest',
    patches: [
      {
        file: 'packages/database/src/delivery/moves.ts',
        find: '(head > known || head === replaced)',
        replace: 'head === replaced',
      },
    ],
  },
  {
    name: 'moves-ahead-are-ignored',
    says: 'a move that an open feed lacks is not read',
    patches: [
      {
        file: lagging,
        find: 'else if (head > feed.position) this.#read(roomId, (lagging) => lagging.reach(head));',
        replace: '',
      },
    ],
  },
  {
    name: 'moves-before-the-opening-are-ignored',
    says: 'a move of a hosted room that is not open yet does not put it in doubt',
    patches: [
      {
        file: lagging,
        find: 'if (!feed.isOpen) this.#inDoubt.add(roomId);',
        replace: 'if (!feed.isOpen) return;',
      },
    ],
  },
  {
    name: 'an-older-reading-is-trusted',
    says: 'a feed is not checked if the reading that opened it began before it was hosted',
    patches: [
      {
        file: subscriptions,
        find: 'this.#deps.checkRoom(begun.feed.roomId);',
        replace: '',
      },
    ],
  },
  {
    name: 'a-failed-reading-is-forgotten',
    says: 'a room whose reading failed is not in doubt',
    patches: [
      {
        file: lagging,
        find: '      this.#inDoubt.add(roomId);\n      this.#unread.add(roomId);\n',
        replace: '      this.#unread.add(roomId);\n',
      },
    ],
  },
  {
    name: 'a-doubt-goes-with-its-question',
    says: 'the range of a question without an answer is not asked about again',
    patches: [
      {
        file: pulse,
        find: 'for (const {roomId} of asked) actions.lagging.doubt(roomId);',
        replace: '',
      },
    ],
  },
  {
    name: 'nothing-is-doubted-afresh',
    says: 'an answer that does not continue the last one puts no room in doubt',
    patches: [{file: lagging, find: 'if (fresh) this.doubtAll();', replace: ''}],
  },
  {
    name: 'doubts-before-the-opening-are-dropped',
    says: 'a room in doubt that is not open yet is not asked about once it is',
    patches: [
      {
        file: lagging,
        find: 'if (feed && !feed.isOpen) continue;',
        replace:
          'if (feed && !feed.isOpen) this.#inDoubt.delete(roomId);\n      if (feed && !feed.isOpen) continue;',
      },
    ],
  },
  {
    name: 'joins-of-a-lost-track-are-missed',
    says: 'after lost track nobody is admitted to the rooms joined in the meantime',
    patches: [{file: signals, find: 'void this.#subscribeMissed(all);', replace: ''}],
  },
  {
    name: 'a-join-that-was-missed-is-tried-once',
    says: 'after lost track a connection whose rooms could not be read, or were being given, is not looked at again',
    patches: [{file: signals, find: 'if (later.length > 0) this.#retryMissed(later, time);', replace: ''}],
  },
  {
    name: 'an-overlap-is-shown-twice',
    says: 'a feed shows a whole frame after it has shown a part of it',
    patches: [
      {
        file: feed,
        find: 'frame.entries.filter((entry) => entry.rev > this.#position)',
        replace: '[...frame.entries]',
      },
    ],
  },
  {
    name: 'an-end-while-subscribing-is-ignored',
    says: 'a user whose membership ends during a subscription still receives the room',
    patches: [
      {
        file: subscriptions,
        find: 'if (left && left.leftAt >= joinedAt) {',
        replace: 'if (left && left.leftAt < 0) {',
      },
    ],
  },
  {
    name: 'a-state-from-before-the-opening-is-taken',
    says: 'a membership is taken that was read before the position at which another one opened the feed',
    patches: [
      {
        file: subscriptions,
        find: 'return state.head < pending.since ? this.#read({feed, pending}, db) : state;',
        replace: 'return state;',
      },
    ],
  },
  {
    name: 'a-page-from-before-the-opening-is-taken',
    says: 'a page of rooms is accepted although it was read before the position of their feeds',
    patches: [
      {
        file: subscriptions,
        find: 'state.epoch === begun.feed.epoch && state.head >= begun.pending.since;',
        replace: 'state.epoch === begun.feed.epoch;',
      },
    ],
  },
  {
    name: 'a-state-ahead-of-its-feed',
    says: 'a connection gets a position that its feed has not reached',
    patches: [
      {
        file: subscriptions,
        find: 'feed.reach(Math.max(state.head, state.membership.joinedAt - 1))',
        replace: 'feed.reach(Math.min(0, state.head))',
      },
    ],
  },
  {
    name: 'a-rejoin-before-the-end-is-forgotten',
    says: 'a user who joined again before the node saw the end is not admitted',
    patches: [
      {
        file: subscriptions,
        find: "if (reason !== 'closed') void this.subscribeUnasked(roomId);",
        replace: '',
      },
    ],
  },
  {
    name: 'a-gateway-misses-a-restore',
    says: 'an answer from a log that was replaced by a backup is taken to continue the last one',
    patches: [{file: question, find: 'server !== serverId || isPruned', replace: 'isPruned'}],
  },
  {
    name: 'a-feed-goes-on-in-another-log',
    says: 'a feed reads on where it was in a log that was replaced',
    patches: [{file: feed, find: 'if (frame.epoch !== this.#epoch) return this.#replace();', replace: ''}],
  },
  {
    name: 'cursors-of-a-replaced-log-are-taken',
    says: 'a cursor from before a backup was restored is taken for one of the log as it is',
    patches: [
      {
        file: 'loadtest/simulate/src/store/reading.ts',
        find: 'const isOther = epoch !== undefined && epoch !== wireEpoch(room);',
        replace: 'const isOther = false && epoch;',
      },
    ],
  },
  {
    name: 'annotations-take-no-rev',
    says: 'what is put on a message moves the log, but the message keeps its rev',
    patches: [{file: writing, find: 'row.rev = ++room!.head;', replace: 'room!.head += 1;'}],
  },
  {
    name: 'annotations-are-passed-over',
    says: 'the SDK does not take in what is put on a message live',
    patches: [{file: timeline, find: "if (entry.type === 'annotation') this.#annotate(entry);", replace: ''}],
  },
  {
    name: 'owed-signals-are-forgotten',
    says: 'signals that could not be handled are not checked again',
    patches: [{file: pulse, find: 'this.#owed.push(...signals);', replace: 'this.#owed = [...signals];'}],
  },
];

export const mutants: Mutant[] = [
  ...ofVerify.flatMap(({name, says, patches = []}): Mutant[] => {
    const patch = ofDatabase[name];
    if (patch) return [{name, says, patches: [patch]}];
    return shared.includes(name) ? [{name, says, patches}] : [];
  }),
  ...ownBugs,
];
