/** The groups of operations and events in the documents, in the order in which a reader needs them. */
export const tags = {
  sessions: 'Signing in, starting a connection, and being signed out.',
  users: 'People, and what they say about themselves.',
  rooms: 'Rooms and direct rooms: making, finding, joining, changing and closing them.',
  members: 'Who is in a room, and in which role.',
  messages: 'The log of a room: what was written, and how far it was read.',
  images: 'Images that messages and profiles carry.',
  presence: 'Who is online or typing, and what changes in the lobby.',
  notifications: 'What products tell their users, on every device.',
  products: "Calls of a product's own server, with a service key.",
} as const;

export type Tag = keyof typeof tags;
