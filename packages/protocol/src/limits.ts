/** Sizes of the wire contract. Free of imports, so that load scripts outside Node can read it. */
export const limits = {
  titleChars: 80,
  textChars: 4_000,
  /** Of one person; services have no bound. */
  memberships: 5_000,
  ownedRooms: 2_000,
  usernameMinChars: 2,
  usernameChars: 32,
  displayNameChars: 32,
  /** `name` and `displayName` that a product gives its users. */
  productNameChars: 64,
  externalIdChars: 128,
  serviceNameChars: 32,
  /** Valid keys of a tenant; at most twice as many while keys replace others. */
  keys: 1_000,
  /** How long a replaced key may still be good: 30 days. */
  keyOverlapSeconds: 30 * 24 * 3_600,
  jwtChars: 8_192,
  /** Of one PUT /users. */
  usersPerPut: 100,
  /** Of one user:list, by ids or own ids. */
  usersByIds: 200,
  /** Of one user:get. */
  usersPerGet: 100,
  /** Whom one user blocks. */
  blocks: 500,
  invitesPerRoom: 100,
  /** Of a report, a decision, or an act of moderation. */
  reasonChars: 500,
  inviteUses: 1_000,
  inviteSeconds: 30 * 24 * 3_600,
  passwordMinChars: 8,
  passwordChars: 128,
  roomPasswordMinChars: 4,
  capacityMin: 2,
  capacityMax: 100_000,
  pageItems: 200,
  defaultPageItems: 50,
  cursors: 200,
  /** Users that one call makes members, and ids that one call asks for. */
  membersPerCall: 1_000,
  importedMessages: 500,
  idsPerCall: 200,
  filesSigned: 100,
  /** Of one GET /usage; no more are kept. */
  usageDays: 400,
  attachmentsPerMessage: 10,
  /** Different emoji on one message. */
  reactionsPerMessage: 20,
  /** Users that a reaction names. */
  reactionNames: 5,
  /** A log entry with the current annotations of a message. */
  annotationBytes: 6 * 1024,
  /** Of message:search. */
  queryChars: 200,
  searchHits: 50,
  pinsPerRoom: 50,
  mentionsPerMessage: 50,
  topicChars: 250,
  slowSeconds: 3_600,
  statusChars: 80,
  sectionChars: 40,
  notificationRecipients: 1_000,
  notificationTypeChars: 80,
  notificationKeyChars: 200,
  /** `data` as JSON; with 1,000 recipients it still fits into one request. */
  notificationBytes: 4 * 1024,
  /** `data` of a user, a room or a message, as JSON. */
  dataBytes: 4 * 1024,
  /** An event above this gets `too_large`. */
  eventBytes: 64 * 1024,
  /** A body of an operation that takes much at once, such as an import. */
  bulkBytes: 1024 * 1024,
  /** A transport message above this closes the connection with 1009. */
  transportBytes: 256 * 1024,
  uploadBytes: 5 * 1024 * 1024,
  /** A live frame; a larger batch becomes contiguous frames. */
  frameBytes: 64 * 1024,
  /** All frames of one `room:sync` or `session:start` answer together. */
  syncBytes: 256 * 1024,
  /** `unread` stops counting here; 100 is shown as 99+. */
  unreadCount: 100,
  presenceNames: 20,
  presenceNamesMaxOnline: 100,
  eventsPerCall: 200,
  defaultEvents: 100,
  eventWaitSeconds: 20,
} as const;
