import {expectTypeOf, test} from 'vitest';
import type {CallInput} from '@madang/protocol/calls';
import type {ErrorCode as WireErrorCode} from '@madang/protocol/errors';
import type {SignFilesResult} from '@madang/protocol/files';
import type {Frame} from '@madang/protocol/log';
import type {ListMembersResult, Member, PutMembersResult} from '@madang/protocol/members';
import type {UpdateTenantInput} from '@madang/protocol/tenant';
import type * as keys from '@madang/protocol/keys';
import type * as messages from '@madang/protocol/messages';
import type * as notifications from '@madang/protocol/notifications';
import type * as rooms from '@madang/protocol/rooms';
import type {GetUsageResult} from '@madang/protocol/usage';
import type {TenantEvent} from '@madang/protocol/tenant-events';
import type * as webhooks from '@madang/protocol/webhooks';
import type * as users from '@madang/protocol/users';
import type {ErrorCode} from './request.ts';
import type * as published from './types.ts';

// The compiler checks that the types of this package equal those of the cluster's schemas.
test('the published types are those of the wire', () => {
  expectTypeOf<ErrorCode>().toEqualTypeOf<WireErrorCode>();
  expectTypeOf<published.User>().toEqualTypeOf<users.User>();
  expectTypeOf<published.Room>().toEqualTypeOf<rooms.Room>();
  expectTypeOf<published.Member>().toEqualTypeOf<Member>();
  expectTypeOf<published.Message>().toEqualTypeOf<messages.Message>();
  expectTypeOf<published.SendResult>().toEqualTypeOf<messages.SendMessageResult>();
  expectTypeOf<published.PutUserInput>().toExtend<Omit<users.PutUserInput, 'user'>>();
  expectTypeOf<published.Key>().toEqualTypeOf<keys.Key>();
  expectTypeOf<published.Scope>().toEqualTypeOf<keys.Scope>();
  expectTypeOf<published.CreateKeyInput>().toExtend<keys.CreateKeyInput>();
  expectTypeOf<published.ListUsersInput>().toExtend<CallInput<'user:list'>>();
  expectTypeOf<published.Usage>().toEqualTypeOf<GetUsageResult>();
  expectTypeOf<published.TenantEvent>().toEqualTypeOf<TenantEvent>();
  expectTypeOf<published.Webhook>().toEqualTypeOf<webhooks.Webhook>();
  expectTypeOf<published.WebhookTest>().toEqualTypeOf<webhooks.TestWebhookResult>();
  expectTypeOf<published.UpdateWebhookInput>().toExtend<Omit<webhooks.UpdateWebhookInput, 'id'>>();
  expectTypeOf<published.Deletion>().toEqualTypeOf<users.DeleteUserRefResult>();
  expectTypeOf<published.CreateRoomInput>().toExtend<CallInput<'room:create'>>();
  expectTypeOf<published.UpdateRoomInput>().toExtend<Omit<CallInput<'room:update'>, 'roomId'>>();
  expectTypeOf<published.ListRoomsInput>().toExtend<CallInput<'room:list'>>();
  expectTypeOf<published.PutMembersResult>().toEqualTypeOf<PutMembersResult>();
  expectTypeOf<published.UpdateMemberInput>().toExtend<
    Omit<CallInput<'member:update'>, 'roomId' | 'userId'>
  >();
  expectTypeOf<published.EditInput>().toExtend<Omit<CallInput<'message:edit'>, 'roomId' | 'seq'>>();
  expectTypeOf<published.ExportLine>().toEqualTypeOf<messages.ExportLine>();
  expectTypeOf<published.ListMembersInput>().toExtend<Omit<CallInput<'room:members'>, 'roomId'>>();
  expectTypeOf<published.MemberPage>().toEqualTypeOf<ListMembersResult>();
  expectTypeOf<published.Cursor>().toExtend<Omit<CallInput<'room:sync'>, 'roomId'>>();
  expectTypeOf<published.Frame>().toEqualTypeOf<Frame>();
  expectTypeOf<published.SignedFile[]>().toEqualTypeOf<SignFilesResult['files']>();
  expectTypeOf<published.TenantPatch>().toExtend<UpdateTenantInput>();
  expectTypeOf<published.SendInput>().toExtend<Partial<CallInput<'message:send'>>>();
  expectTypeOf<published.NotifyInput>().toExtend<notifications.CreateNotificationsInput>();
});
