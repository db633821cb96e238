/**
 * Version of the wire contract, sent as `version` of the OpenAPI and AsyncAPI documents.
 *
 * History: 1 the first contract; 2 `direct:open`, and the `users` of a direct room;
 * 3 `GET /auth/providers`; 4 tickets and PUT /users; 5 notifications; 6 images;
 * 7 the `kind` of a message's sender, `isDefault` of a room, `misdirected`;
 *   names of every script, sign-in names from 2 characters, 64 for users of products, times with an offset;
 *   caps of memberships and rooms owned, and connections that end as `replaced`;
 *   at least four characters for a new room password;
 * 8 scopes of keys: `details.scope` of `forbidden`; `/keys`;
 *   `Madang-As-User`, and `via` of a message;
 *   `externalId`, `data`, `createdAt`, `seenAt` and `disabled` of a user, for services and oneself, and `data` in lists;
 *   `data`, `externalId`, `archivedAt` and `firstSeq` of rooms, `data` and `imported` of messages, system messages;
 *   GET and PATCH /tenant, `may` of a membership, `type` and `overseen` of a room;
 *   lists of all rooms, many members at once, `room:truncate`, import, export and messages by where they are;
 *   `file:sign`;
 *   JWTs as credentials, `session:refresh`, `expiresAt` of `session:start`;
 *   PUT /users, GET and DELETE /users/:user, disable, enable, sign-out and export; `ids`, `externalIds` and `disabled` of `user:list`;
 *   GET /usage, and `quota` of `forbidden` for the quotas of a tenant;
 *   GET /events;
 *   `type` of `room:list`;
 *   /webhooks;
 *   the event `room:may`;
 *   `may` of `session:start`, and the event `session:may`;
 * 9 `annotations` of a message, and entries of the type `annotation`;
 *   `reaction:set`, `reaction:list` and `message:pin`; `message:search`; `topic` and `slowSeconds` of `room:update`;
 *   `around`, `after`, `threadOf` and `pinned` of `message:list`;
 *   `threadOf` of `message:send` and `read:mark`, `thread:list` and `thread:follow`;
 *   `threadOf`, `thread`, `mentions`, `notify` and `files` of a message, `topic` and `slowSeconds` of a room,
 *   `mentions` and `notify` of `message:send`, `room:prefs`, `back` of `read:mark`, inbox items as notifications;
 *   `mentions` and `prefs` of a membership's state, `status`, `away` and `dndUntil` of a user,
 *   `status` and `dndUntil` of `user:update`, `directs` of `user:update`, `user:get`, `user:block` and `blocked` of `session:start`, `presence:set`, `changed` of `presence:changed`,
 *   `invite:create`, `invite:list`, `invite:revoke` and /invites,
 *   `report:create`, `report:list`, `report:decide`, `reason` of `member:*` and `message:delete`,
 *   `audit:list`, `tenant:get` and `tenant:update` for administrators.
 */
export const PROTOCOL_VERSION = 9;
