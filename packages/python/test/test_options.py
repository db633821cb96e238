"""The options of a client, and the texts of its errors."""

from typing import Any

from madang_server import AsyncServer, Server, ServerError


def message_of(make: Any, *args: Any) -> str:
    try:
        make(*args)
    except TypeError as error:
        return str(error)
    raise AssertionError(f"{args} were taken")


for make in (Server, AsyncServer):
    for key in (None, "", 7, "mds_x", "mdk_", "mdk_a b", "mdk_secret\n"):
        message = message_of(make, "http://chat.example", key)
        assert "service key" in message and "secret" not in message, message
    for url in (None, "", "chat.example", "localhost:8080", "ftp://chat.example", 7, "http://"):
        assert "needs a url" in message_of(make, url, "mdk_x")

try:
    Server("http://127.0.0.1:9", "mdk_x", timeout=0.3).room("01890a5d-ac96-774b-bcce-b302099a8061")
    raise AssertionError("nobody listens there")
except ServerError as error:
    assert (error.code, error.retryable) == ("unavailable", True)
    assert error.details == {"reason": "unreachable"} and "http://127.0.0.1:9" in str(error)

refusal = ServerError(code="forbidden", message="This key may not.", details={"scope": "read"})
assert str(refusal).startswith('forbidden: This key may not. {"scope": "read"}') and "--scopes read" in str(refusal)
assert ServerError(code="not_found", message="Nothing.").hint is None
print("passed")
