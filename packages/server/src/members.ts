import {path, queryOf} from './addresses.ts';
import {itemsOf} from './items-of.ts';
import type {Request} from './request.ts';
import type {
  ListMembersInput,
  Member,
  MemberFilter,
  MemberPage,
  NewMember,
  PutMembersResult,
  Role,
  UpdateMemberInput,
} from './types.ts';

export function memberCalls(request: Request) {
  return {
    /**
     * Adds a user, or the service itself, to any room of the tenant. A given role is also set for an existing member.
     * Without a role, a new member becomes a `member`, and an existing member keeps the current role.
     */
    async addMember(roomId: string, userId: string, role?: Exclude<Role, 'owner'>): Promise<Member> {
      const body = {userId, ...(role === undefined ? {} : {role})};
      const {member} = await request<{member: Member}>('POST', path`/rooms/${roomId}/members`, body);
      return member;
    },

    /** Adds up to 1,000 users at once. If one user is refused, the others are still added. */
    async putMembers(roomId: string, members: NewMember[]): Promise<PutMembersResult> {
      return request('PUT', path`/rooms/${roomId}/members`, {members});
    },

    /** Changes a member's role (`owner` transfers the room), or mutes or bans a member. */
    async updateMember(roomId: string, userId: string, input: UpdateMemberInput): Promise<Member> {
      const {member} = await request<{member: Member}>(
        'PATCH',
        path`/rooms/${roomId}/members/${userId}`,
        input,
      );
      return member;
    },

    /** Yields the members and banned users of a room that the service may read. */
    members(roomId: string, filter: MemberFilter = {}): AsyncGenerator<Member, void, undefined> {
      return itemsOf(request, path`/rooms/${roomId}/members`, 'members', filter);
    },

    /**
     * Lists one page of the members, and says how many users are in the room now. Pass `next` as `after` for the next page.
     */
    async listMembers(roomId: string, filter: ListMembersInput = {}): Promise<MemberPage> {
      const query = queryOf(filter);
      const members = path`/rooms/${roomId}/members`;
      return request('GET', query.size > 0 ? `${members}?${query}` : members);
    },

    /** Removes a member from any room of the tenant. */
    async removeMember(roomId: string, userId: string): Promise<void> {
      await request('DELETE', path`/rooms/${roomId}/members/${userId}`, {});
    },
  };
}
