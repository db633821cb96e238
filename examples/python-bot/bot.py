"""A bot that answers commands in the rooms of a product. It reads messages from GET /events, in order."""

import os
import re
import signal
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from madang_server import Message, Server, ServerError, TenantEvent

# Older commands, such as those from before the bot's first start, are not answered: nobody waits for the answer.
OLDEST = timedelta(minutes=10)

COMMANDS = {
    "hours": "We are here from nine to five, Monday to Friday.",
    "order": "Order {argument} is on its way.",
}


def answer_to(text: str) -> str | None:
    """Returns the bot's answer to a message, or nothing if the message is not a command."""
    command = re.fullmatch(r"!(\w+)(?:\s+(\S+))?\s*", text)
    if command is None:
        return None
    name, argument = command.groups()
    reply = COMMANDS.get(name)
    if reply is None or ("{argument}" in reply and argument is None):
        return f"I know {', '.join(f'!{each}' for each in COMMANDS)} (with a number)."
    return reply.format(argument=argument)


class Position:
    """The bot's position in the order of events. It is kept in a file, so that a restart misses nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.value = int(path.read_text()) if path.exists() else None

    def keep(self, value: int) -> None:
        beside = self._path.with_suffix(".new")
        beside.write_text(str(value))
        beside.replace(self._path)
        self.value = value


def message_of(server: Server, event: TenantEvent) -> Message | None:
    """Events contain the message only for rooms that the product oversees. The bot reads others if it is a member."""
    if event.data.message is not None or event.room_id is None or event.data.seq is None:
        return event.data.message
    found = server.read_messages([{"room_id": event.room_id, "seq": event.data.seq}])
    return found[0] if found else None


def handle(server: Server, event: TenantEvent) -> None:
    if datetime.now(timezone.utc) - datetime.fromisoformat(event.timestamp.replace("Z", "+00:00")) > OLDEST:
        return
    message = message_of(server, event)
    # Bots that answer bots would never stop.
    if message is None or message.kind == "system" or message.sender.kind == "service":
        return
    reply = answer_to(message.text)
    if reply is None:
        return
    # The id is derived from the event, so the answer is stored once even if the bot crashes and answers again.
    client_id = str(uuid5(NAMESPACE_URL, event.id))
    try:
        server.send(message.room_id, reply, reply_to=message.seq, client_id=client_id)
    except ServerError as error:
        # The room was closed in the meantime, or the bot is not a member. Any other error ends the bot, which then resumes
        # here.
        if error.code not in ("room_closed", "forbidden", "not_found", "banned"):
            raise
        print(f"no answer in {message.room_id}: {error}", file=sys.stderr, flush=True)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    position = Position(Path(os.environ.get("POSITION_FILE", "position")))
    with Server(os.environ["MADANG_URL"], os.environ["MADANG_KEY"], timeout=60) as server:
        room = server.create_room(title="Help desk", external_id="python-bot", visibility="public")
        print(f"answers in {room.title}: {room.id}", flush=True)
        reset = lambda after: print(f"events after {after} are gone", file=sys.stderr, flush=True)  # noqa: E731
        filter_after = {} if position.value is None else {"after": position.value}
        for event in server.events(types=["message.created"], on_reset=reset, **filter_after):
            handle(server, event)
            position.keep(event.position)


if __name__ == "__main__":
    main()
