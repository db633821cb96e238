import type {Role} from '@madang/protocol/rooms';

declare const brand: unique symbol;

/** What a membership's row says of a member who is not banned. */
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
 * Proof that a user's right to act in a room was checked. Writes require it, so that a forgotten authorization is a type
 * error; they check the right again under the room's lock, since it may have been lost since.
 */
export type Membership = Readonly<MembershipFields> & {readonly [brand]: true};

/** The same for managing a room or its members, which the tenant's service may without being in the room. */
export type Management = Pick<Membership, 'tenantId' | 'roomId' | 'userId' | typeof brand>;

/** The same for leaving, which a user who has left already may repeat. */
export type Leave = Pick<Membership, 'roomId' | 'userId' | typeof brand>;

export function grantLeave(fields: Pick<MembershipFields, 'roomId' | 'userId'>): Leave {
  return fields as Leave;
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
