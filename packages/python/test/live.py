"""Makes every call against a real cluster. wheel.full.test.ts runs it from the wheel."""

import asyncio
import os
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from madang_server import AsyncServer, Server, ServerError, WebhookDelivery, verify_webhook

url, key = os.environ["MADANG_URL"], os.environ["MADANG_KEY"]
server = Server(url, key, timeout=30)


def refused(code: str, call: object, *args: object, **named: object) -> ServerError:
    try:
        call(*args, **named)  # type: ignore[operator]
    except ServerError as error:
        assert error.code == code, error
        return error
    raise AssertionError(f"{code} is missing")


def users() -> None:
    ann = server.put_user("customer/7 ä", name="Ann", data={"plan_name": {"aB": 1}})
    assert ann.data == {"plan_name": {"aB": 1}} and ann.external_id == "customer/7 ä"
    assert server.put_user("customer/7 ä", name="Ann", display_name="Annie").display_name == "Annie"
    assert server.create_ticket(ann.id).startswith("mdt_")
    (sam,) = server.put_users([{"external_id": "sam", "name": "Sam"}])
    assert server.get_user("sam") == sam == server.get_user(f"id:{sam.id}")
    assert [each.id for each in server.list_users(ids=[ann.id, sam.id]).users] == [ann.id, sam.id]
    assert ann.id in [each.id for each in server.users(disabled=False)]
    assert server.disable_user("sam").disabled
    assert len(server.list_users(external_ids=["sam"], disabled=True).users) == 1
    assert server.enable_user("sam").disabled is None
    assert server.sign_out_user("sam").id == sam.id
    lines = list(server.export_user("sam"))
    assert lines[0]["type"] == "user" and lines[-1] == {"type": "end", "lines": len(lines) - 1}
    assert server.delete_user("sam", messages="keep").messages == "keep"
    refused("not_found", server.get_user, "sam")


def rooms() -> None:
    ben = server.put_user("ben", name="Ben")
    room = server.create_room(title="Case 1", visibility="private", archived=True, external_id="case-1")
    assert server.create_room(title="Case 1", external_id="case-1").id == room.id
    past = {"client_id": str(uuid.uuid4()), "sender_id": ben.id, "text": "Then", "created_at": "2020-01-01T00:00:00.000Z"}
    assert not server.import_messages(room.id, [past])[0].duplicate  # type: ignore[list-item]
    assert server.import_messages(room.id, [past])[0].duplicate  # type: ignore[list-item]
    assert server.update_room(room.id, archived=False, data={"no": 7}).data == {"no": 7}
    assert server.update_room(room.id, data=None).data is None
    assert room.id in [each.id for each in server.list_rooms(archived=False, external_ids=["case-1"]).rooms]
    assert server.put_members(room.id, [{"user": "ben"}, {"user": "nobody"}]).refused[0].code == "not_found"
    assert server.update_member(room.id, ben.id, role="moderator").role == "moderator"
    seq = server.send(room.id, "A typo").seq
    server.edit_message(room.id, seq, text="No typo")
    assert server.read_messages([{"room_id": room.id, "seq": seq}])[0].text == "No typo"
    as_ben = server.as_user("ben").send(room.id, "Hello")
    (newest,) = server.list_messages(room.id, limit=1).messages
    assert (newest.seq, newest.sender.id) == (as_ben.seq, ben.id) and newest.via is not None
    assert [each.seq for each in server.messages(room.id)][:2] == [as_ben.seq, seq]
    server.delete_message(room.id, seq)
    assert server.read_messages([{"room_id": room.id, "seq": seq}])[0].deleted_at
    assert (server.truncate_room(room.id).first_seq or 0) > seq
    assert ben.id in [each.user.id for each in server.list_members(room.id).members]
    assert ben.id in [each.user.id for each in server.members(room.id)]
    assert room.id in [each.id for each in server.rooms(external_ids=["case-1"])]
    assert server.sync_room(room.id, after=0).head >= newest.rev
    lines = list(server.export_room(room.id))
    assert lines[0].room and lines[0].room.id == room.id and lines[-1].type == "end"
    server.remove_member(room.id, ben.id)
    assert server.add_member(room.id, ben.id).role == "member"
    assert server.close_room(room.id).closed_at == server.close_room(room.id).closed_at is not None
    note = {"to": [ben.id], "type": "order", "data": {}, "key": "order-7"}
    assert server.notify(**note) == server.notify(**note)  # type: ignore[arg-type]


def keys() -> None:
    made = server.create_key(service="mailer", scopes=["send"])
    assert made.secret.startswith("mdk_") and made.key.id in [each.id for each in server.list_keys()]
    assert server.get_key(made.key.id).service == "mailer"
    error = refused("forbidden", Server(url, made.secret).get_user, "ben")
    assert error.details == {"scope": "users"} and "--scopes users" in str(error)
    assert server.revoke_key(made.key.id, sessions=False).revoked_at
    error = refused("unauthenticated", Server(url, made.secret).room, str(uuid.uuid4()))
    assert error.hint and not error.retryable
    assert isinstance(server.usage().days, list)
    tenant = server.tenant()
    changed = server.update_tenant(version=tenant.version, patch={"eventDays": 6})
    assert (changed.version, changed.policy["eventDays"]) == (tenant.version + 1, 6)
    refused("conflict", server.update_tenant, version=tenant.version, patch={"eventDays": 7})
    assert server.update_tenant(version=changed.version, patch={"eventDays": 7}).policy["eventDays"] == 7


def events_and_webhooks() -> None:
    received: list[WebhookDelivery] = []
    secrets = [""]

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            delivery = verify_webhook(secret=secrets, headers=self.headers, body=body)
            self.send_response(204)
            self.end_headers()
            received.append(delivery)

        def log_message(self, format: str, *args: object) -> None:
            pass

    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    made = server.add_webhook(url=f"http://127.0.0.1:{receiver.server_port}", types=["room.created"])
    secrets[0], hook = made.secret, made.webhook
    room = server.create_room(title="Told", visibility="private")
    event = next(iter(server.events(after=hook.position, types=["room.created"])))
    assert event.room_id == room.id and event.data.room and event.data.room.title == "Told"
    deadline = time.monotonic() + 60
    while event.id not in (came := [each.id for delivery in list(received) for each in delivery.data.events]):
        assert time.monotonic() < deadline, f"{event.id} did not come, but {came}"
        time.sleep(0.05)
    assert server.test_webhook(hook.id).status == 204
    assert server.replay_webhook(hook.id, hook.position).id == hook.id
    assert server.rotate_webhook(hook.id) != made.secret
    assert server.update_webhook(hook.id, types=None, enabled=False).status == "disabled"
    assert server.get_webhook(hook.id).status == "disabled"
    assert hook.id in [each.id for each in server.list_webhooks()]
    server.remove_webhook(hook.id)
    server.remove_webhook(hook.id)
    assert hook.id not in [each.id for each in server.list_webhooks()]


async def asynchronous() -> None:
    async with AsyncServer(url, key, timeout=30) as other:
        made = await asyncio.gather(*(other.put_user(f"at-once-{n}", name=f"Many {n}") for n in range(20)))
        assert len({user.id for user in made}) == 20
        assert [each.id async for each in other.list_keys()]
        assert {user.id for user in made} <= {user.id async for user in other.users()}
        async for event in other.events(types=["user.created"]):
            assert event.data.user
            break
        assert [line["type"] async for line in other.export_user("at-once-1")][-1] == "end"


users()
rooms()
keys()
events_and_webhooks()
asyncio.run(asynchronous())
server.close()
print("all calls went their way")
