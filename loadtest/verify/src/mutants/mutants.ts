import type {Mutant} from './mutant.ts';

const appender = 'packages/database/src/connections/pool.ts';
const feed = 'services/gateway/src/delivery/feed.ts';
const lagging = 'services/gateway/src/delivery/lagging-rooms.ts';
const subscriptions = 'services/gateway/src/delivery/subscriptions.ts';
const pulse = 'packages/database/src/delivery/pulse.ts';
const delivery = 'services/gateway/src/delivery/delivery.ts';
const signals = 'services/gateway/src/delivery/signals.ts';
const delivers = 'services/worker/src/webhooks/deliver-webhook.ts';
const forgetClientIds = 'alter table messages drop constraint messages_client_id';
const findFirst =
  'and first.sender_id = i.sender_id and first.client_id >= i.client_id and first.client_id <= i.client_id';
const countRevs = 'seq := coalesce(v_heads[v_room_no], v_head) + 1';

export const mutants: Mutant[] = [
  {
    name: 'acknowledge-before-durable',
    says: 'a message is acknowledged before it is on disk',
    patches: [
      {
        file: appender,
        find: 'open: () => open(pooled, {name, warmUp}), abandoned',
        replace: "open: () => open(pooled, {name, warmUp, synchronousCommit: 'off'}), abandoned",
      },
    ],
    sql: [{function: 'store_messages', find: 'perform be_durable();', replace: ''}],
    scenario: 'Postgres crashes',
    caughtBy: ['durable'],
  },
  {
    name: 'acknowledge-refused',
    says: 'a send without an answer in time is acknowledged all the same',
    patches: [
      {
        file: 'services/gateway/src/messages/send-message.ts',
        find: '    receivedAt,\n  });',
        replace:
          '    receivedAt,\n  }).catch(() => ({seq: 1, rev: 1, createdAt: new Date().toISOString(), duplicate: false}));',
      },
    ],
    scenario: 'Postgres crashes',
    caughtBy: ['durable', 'duplicate'],
  },
  {
    name: 'no-unique-client-id',
    says: 'a retry is stored again',
    sql: [{function: 'store_messages', find: findFirst, replace: 'and false'}],
    statements: [forgetClientIds],
    scenario: 'life',
    caughtBy: ['duplicate'],
  },
  {
    name: 'short-memory-of-client-ids',
    says: 'a retry finds its first result only for one second',
    sql: [
      {
        function: 'store_messages',
        find: findFirst,
        replace: `${findFirst} and first.created_at > clock_timestamp() - interval '1 second'`,
      },
    ],
    statements: [forgetClientIds],
    scenario: 'life',
    caughtBy: ['duplicate'],
  },
  {
    name: 'resume-reads-before-it-joins',
    says: 'frames between the reading of a RoomState and the joining of the socketRoom are not sent',
    patches: [
      {
        file: subscriptions,
        find: '...pending.passed.flatMap((frame) => above(shownPart(frame, shownFrom), state.head)),',
        replace: '',
      },
    ],
    scenario: 'reconnects',
    caughtBy: ['gap', 'lost'],
  },
  {
    name: 'gaps-are-passed-over',
    says: 'a node does not fetch a lost frame, and continues with the next one',
    patches: [
      {
        file: feed,
        find: 'next && next.after <= this.#position; next = this.#waiting[0]',
        replace: 'next; next = this.#waiting[0]',
      },
    ],
    scenario: 'lost broadcasts',
    caughtBy: ['lost'],
  },
  {
    name: 'no-repair-by-pulse',
    says: 'the pulse does not fetch a frame that was lost at the end of a log',
    patches: [{file: lagging, find: 'await read(feed);', replace: ''}],
    scenario: 'nothing is broadcast',
    caughtBy: ['lost'],
  },
  {
    name: 'order-of-arrival',
    says: 'frames are written to sockets in the order in which they arrive',
    patches: [
      {
        file: feed,
        find: '  receive(frame: Frame): void {\n',
        replace: '  receive(frame: Frame): void {\n    if (this.isOpen) return this.#show(frame);\n',
      },
    ],
    scenario: 'life',
    caughtBy: ['gap'],
  },
  {
    name: 'rev-from-a-sequence',
    says: "revs come from a Postgres sequence, shared by all rooms, so a room's log has holes",
    sql: [
      {
        function: 'store_messages',
        find: countRevs,
        replace: `${countRevs} + nextval('mutant') % 3`,
      },
    ],
    statements: ['create sequence mutant'],
    scenario: 'life',
    caughtBy: ['gap', 'durable'],
  },
  {
    name: 'rev-from-the-clock',
    says: 'revs are times in milliseconds',
    sql: [
      {
        function: 'store_messages',
        find: countRevs,
        replace:
          'seq := greatest(coalesce(v_heads[v_room_no], v_head), (extract(epoch from clock_timestamp()) * 1000)::bigint) + 1',
      },
    ],
    scenario: 'life',
    caughtBy: ['gap', 'durable'],
  },
  {
    name: 'membership-cached-for-ever',
    says: 'a former member may still send',
    sql: [
      {
        function: 'store_messages',
        find: 'when m.room_id is null then',
        replace:
          'when m.room_id is null and not exists (select from membership_spans s where s.room_id = r.id and s.user_id = i.sender_id) then',
      },
    ],
    scenario: 'kicks',
    caughtBy: ['membership'],
  },
  {
    name: 'capacity-read-then-write',
    says: 'the capacity is checked before the room is locked',
    sql: [
      {
        function: 'join_room',
        find: 'id = p_room_id and tenant_id = p_tenant_id for no key update;',
        replace: 'id = p_room_id and tenant_id = p_tenant_id; perform pg_sleep(0.05);',
      },
    ],
    statements: ['alter table rooms drop constraint rooms_capacity'],
    scenario: 'rush',
    caughtBy: ['capacity'],
  },
  {
    name: 'sign-out-closes-nothing',
    says: 'signing out ends the session, but its connections stay open',
    patches: [
      {file: signals, find: 'else connection.revoke(reason, this.#deps.revokedCloseMs);', replace: ''},
    ],
    scenario: 'sign-outs',
    caughtBy: ['revocation'],
  },
  {
    name: 'sign-out-on-one-node',
    says: 'signing out closes only the connections of the node that was asked',
    patches: [
      {
        file: delivery,
        find: 'onSignal: (signal) => void signals.apply([signal]).catch(ignore)',
        replace: 'onSignal: ignore',
      },
      {
        file: delivery,
        find: 'onSignals: (found) => signals.apply(found)',
        replace: 'onSignals: async () => undefined',
      },
    ],
    scenario: 'sign-outs',
    caughtBy: ['revocation'],
  },
  {
    name: 'taken-right-still-writes',
    says: 'a send is stored although its user may no longer send in the room',
    sql: [
      {
        function: 'sending_refusal',
        find: "when not 'send' = any (granted.names) then 'grant:send'",
        replace: "when false then 'grant:send'",
      },
    ],
    scenario: 'right taken away',
    caughtBy: ['rights'],
  },
  {
    name: 'taken-right-still-shows',
    says: 'a node continues to show messages by the policy at the time of the connection',
    patches: [
      {
        file: signals,
        find: 'if (ruled.size > 0) await this.#restand',
        replace: 'if (false) await this.#restand',
      },
    ],
    scenario: 'right taken away',
    caughtBy: ['rights'],
  },
  {
    name: 'expired-token-goes-on',
    says: 'a connection outlives its token',
    patches: [
      {
        file: 'services/gateway/src/socket/session-keeper.ts',
        find: 'if (connection.identity.expiresAt <= now)',
        replace: 'if (false)',
      },
      {
        file: 'services/gateway/src/socket/dispatch.ts',
        find: 'if (connection.identity.expiresAt <= Date.now())',
        replace: 'if (false)',
      },
    ],
    scenario: 'token expires',
    caughtBy: ['revocation'],
  },
  {
    name: 'revoked-key-goes-on',
    says: 'revoking a key ends neither its connections nor those of its sessions',
    patches: [{file: signals, find: "if (kind === 'session' && keyId) {", replace: 'if (false) {'}],
    scenario: 'key revoked',
    caughtBy: ['revocation'],
  },
  {
    name: 'history-off-by-one',
    says: 'each page of history leaves out the message that the one before should have had',
    patches: [
      {
        file: 'packages/database/src/messages/messages.ts',
        find: 'seq < coalesce($2, 9223372036854775807)',
        replace: 'seq < coalesce($2 - 1, 9223372036854775807)',
      },
    ],
    scenario: 'life',
    caughtBy: ['history'],
  },
  {
    name: 'kick-without-its-end',
    says: 'a kick removes the membership, but does not record where it ended',
    sql: [
      {
        function: 'end_membership',
        find: 'set left_at_rev = v_left_at, reason = p_reason',
        replace: 'set left_at_rev = left_at_rev',
      },
    ],
    scenario: 'kicks',
    caughtBy: ['capacity', 'gap'],
  },
  {
    name: 'hearing-after-a-kick',
    says: 'a removed member still receives the room',
    patches: [
      {
        file: feed,
        find: 'if (listener.userId !== user?.id || joinedAt > rev) continue;',
        replace: 'if (listener.userId !== user?.id || joinedAt <= rev) continue;',
      },
    ],
    scenario: 'kicks',
    caughtBy: ['membership'],
  },
  {
    name: 'retry-under-a-new-id',
    says: 'the SDK sends again under another clientId',
    patches: [
      {
        file: 'packages/client/src/deliver.ts',
        find: "import type {Caller} from './calls.ts';",
        replace: "import type {Caller} from './calls.ts';\nimport {newClientId} from './client-id.ts';",
      },
      {
        file: 'packages/client/src/deliver.ts',
        find: "caller.call('message:send', {roomId, clientId, ...content}",
        replace: "caller.call('message:send', {roomId, clientId: newClientId(), ...content}",
      },
    ],
    scenario: 'crashes before acknowledging',
    caughtBy: ['duplicate', 'invented', 'durable'],
  },
  {
    name: 'cursor-jumps-on-resume',
    says: 'at a resume the SDK treats the head in the answer as what it has read',
    patches: [
      {
        file: 'packages/client/src/timeline.ts',
        find: '    if (head > this.#rev) this.#want(head);\n',
        replace: '    if (head > this.#rev) this.#rev = head;\n',
      },
    ],
    scenario: 'reconnects',
    caughtBy: ['gap', 'lost'],
  },
  {
    name: 'edits-take-no-rev',
    says: 'an edit changes the message but takes no rev, so absent members never learn about it',
    sql: [{function: 'change_message', find: 'rev = r.head + 1,', replace: 'rev = rev,'}],
    scenario: 'life',
    caughtBy: ['durable', 'agreement', 'lost'],
  },
  {
    name: 'pulse-reads-from-the-newest',
    says: 'the pulse reads transactions that began after its last question, but not those open then',
    patches: [
      {
        file: pulse,
        find: `select rooms from moves
        where xact >= pg_snapshot_xmax((select snapshot from last))
          or xact = any (array(select pg_snapshot_xip((select snapshot from last))))`,
        replace: 'select rooms from moves where xact >= pg_snapshot_xmax((select snapshot from last))',
      },
    ],
    // Without it, hardly any transaction is open while a younger one ends.
    statements: [
      `create function dawdle() returns trigger language plpgsql as $$
        begin perform pg_sleep(case when random() < 0.3 then 0.4 else 0 end); return new; end $$`,
      'create trigger moves_late before insert on moves for each row execute function dawdle()',
    ],
    scenario: 'nothing is broadcast',
    caughtBy: ['lost'],
  },
  {
    name: 'a-batch-leaves-no-move',
    says: 'the transaction that stores messages does not record which rooms it has moved',
    sql: [
      {
        function: 'store_messages',
        find: 'having count(*) > 0',
        replace: 'having false',
      },
    ],
    scenario: 'nothing is broadcast',
    caughtBy: ['lost'],
  },
  {
    name: 'moves-are-pruned-unread',
    says: 'moves are pruned before every node has read them, and nobody is told',
    patches: [
      {file: 'services/worker/src/jobs/prune-moves.ts', find: 'everyMs: 60_000', replace: 'everyMs: 50'},
    ],
    sql: [
      {
        function: 'prune_moves',
        find: 'select ctid from moves where xact < v_oldest order by xact',
        replace: 'select ctid from moves',
      },
    ],
    scenario: 'nothing is broadcast',
    caughtBy: ['lost'],
  },
  {
    name: 'webhook-moves-before-it-is-taken',
    says: 'the position of a webhook moves when a delivery begins',
    patches: [
      {
        file: 'packages/database/src/events/deliveries.ts',
        find: 'update webhooks set told_to = $3,',
        replace: 'update webhooks set told_to = $3, position = $3,',
      },
    ],
    scenario: 'a receiver fails',
    caughtBy: ['untold'],
  },
  {
    name: 'webhook-skips-between-batches',
    says: 'a worker that continues at once begins its next delivery one position too late',
    patches: [
      {
        file: delivers,
        find: '{...webhook, position: to, attemptedTo: null,',
        replace: '{...webhook, position: to + 1, attemptedTo: null,',
      },
    ],
    scenario: 'a receiver fails',
    caughtBy: ['untold'],
  },
  {
    name: 'webhook-retries-another-range',
    says: 'a retry also delivers events that happened in the meantime',
    patches: [
      {
        file: delivers,
        find: 'attemptedTo !== null && attemptedTo > after && attemptedTo < read.next ? attemptedTo : read.next',
        replace: 'read.next',
      },
    ],
    scenario: 'a receiver fails',
    caughtBy: ['told order'],
  },
  {
    name: 'events-end-one-behind',
    says: 'the last entry of a log becomes an event only when something else happens in the room',
    sql: [
      {
        function: 'number_events',
        find: 'else greatest(known.head, head.head) end as head',
        replace: 'else greatest(known.head, head.head - 1) end as head',
      },
    ],
    scenario: 'life',
    caughtBy: ['untold'],
  },
  {
    name: 'project-again',
    says: 'the projector forgets how far it has come in a room',
    sql: [{function: 'move_projector', find: 'where p.rev <> excluded.rev', replace: 'where false'}],
    scenario: 'life',
    caughtBy: ['inbox'],
  },
  {
    name: 'project-from-the-second',
    says: 'the first new message of a room has no items',
    sql: [
      {
        function: 'list_items',
        find: 'msg.seq > coalesce(p.rev, 0)',
        replace: 'msg.seq > coalesce(p.rev, 0) + 1',
      },
    ],
    scenario: 'life',
    caughtBy: ['inbox'],
  },
  {
    name: 'items-of-deleted',
    says: 'the inbox still lists a deleted message',
    sql: [{function: 'is_item_shown', find: 'and p_deleted_at is null', replace: ''}],
    scenario: 'life',
    caughtBy: ['inbox'],
  },
  {
    name: 'search-past-the-chunk',
    says: 'a search passes over the first message after the last chunk of a room',
    sql: [{function: 'find_unchunked', find: 'm.seq > chunks.last', replace: 'm.seq > chunks.last + 1'}],
    scenario: 'life',
    caughtBy: ['search'],
  },
];
