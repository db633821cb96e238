import type {Role} from '@madang/protocol/rooms';

declare const brand: unique symbol;

/** The fields of the row of a member who is not banned. */
export type MembershipFields = {
  tenantId: string;
  roomId: string;
  userId: string;
  role: Role;
  joinedAt: number;
  readSeq: number;
  mutedUntil?: string;
};

/**
 * Proof that a user's right to act in a room was checked. Writes require it, so that a forgotten authorization is a
 * type error; they check the right again under the room's lock, since it may have been lost since.
 */
export type Membership = Readonly<MembershipFields> & {readonly [brand]: true};

/** The same for managing a room or its members, which the tenant's service may do without being a member. */
export type Management = Pick<Membership, 'tenantId' | 'roomId' | 'userId' | typeof brand>;

/** The reader. The statement that reads decides which of a room's messages the reader is shown. */
export type Reader = {
  userId: string;
  /** Whose grant `history` counts, if not the user's: the service that calls as the user. */
  actorId?: string;
  /** A service that may read overseen rooms without being a member. */
  readsAlong?: boolean;
};

/** Proof that a user's right to read a room was checked. */
export type Reading = Readonly<Reader> & {readonly roomId: string; readonly [brand]: true};

/** The same for leaving, which a user who has already left may repeat. */
export type Leave = Pick<Membership, 'roomId' | 'userId' | typeof brand>;

export function grantLeave(fields: Pick<MembershipFields, 'roomId' | 'userId'>): Leave {
  return fields as Leave;
}

export function grantReading(fields: Reader & {roomId: string}): Reading {
  return fields as Reading;
}

export function grantManagement(
  fields: Pick<MembershipFields, 'tenantId' | 'roomId' | 'userId'>,
): Management {
  return fields as Management;
}

/** Makes the proof. Outside tests only the gateway's access.ts calls this, right after its check. */
export function grantMembership(fields: MembershipFields): Membership {
  return fields as Membership;
}
