"""Makes the calls of conformance cases, one JSON document a line: see driver.ts."""

import asyncio
import dataclasses
import inspect
import json
import re
import sys
from typing import Any
from unittest.mock import patch

import httpx

from madang_server import AsyncServer, Server, ServerError, WebhookError, verify_webhook
from madang_server._wire import camel


def snake(name: str) -> str:
    name = re.sub(r"([A-Z])", lambda match: f"_{match[1].lower()}", name)
    return "from_" if name == "from" else name


def arguments(args: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    given = [[fields(each) for each in arg] if isinstance(arg, list) else arg for arg in args]
    last = given[-1] if given else None
    return (given[:-1], fields(last)) if isinstance(last, dict) and last else (given, {})


def fields(value: Any) -> Any:
    return {snake(name): each for name, each in value.items()} if isinstance(value, dict) else value


def plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        named = {camel(field.name): getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: plain(each) for name, each in named.items() if each is not None}
    return [plain(each) for each in value] if isinstance(value, list) else value


async def call(target: dict[str, str], case: dict[str, Any], is_async: bool) -> dict[str, Any]:
    options = {"timeout": case["timeoutMs"] / 1_000} if "timeoutMs" in case else {}
    # A client reads all certificates of the system when it is created, which takes longer than a case.
    http: Any = (httpx.AsyncClient if is_async else httpx.Client)(verify=False)
    server: Any = (AsyncServer if is_async else Server)(target["url"], target["key"], http_client=http, **options)
    outcome: dict[str, Any] = {"resets": []}
    args, named = arguments(case["args"])
    if case.get("onReset"):
        named["on_reset"] = lambda after: outcome["resets"].append({"after": after})
    items: list[Any] = []
    try:
        calls = server.as_user(case["as"]) if "as" in case else server
        answer = getattr(calls, snake(case["call"]))(*args, **named)
        if inspect.isgenerator(answer) or inspect.isasyncgen(answer):
            outcome["result"] = items
            async for item in _items(answer):
                items.append(plain(item))
                if len(items) == case.get("take"):
                    break
        else:
            outcome["result"] = plain(await answer if is_async else answer)
    except ServerError as error:
        names = ("code", "message", "retryable", "retry_after_ms", "details")
        outcome["error"] = {camel(name): getattr(error, name) for name in names}
    finally:
        await http.aclose() if is_async else http.close()
    return outcome


async def _items(answer: Any) -> Any:
    if inspect.isasyncgen(answer):
        async for item in answer:
            yield item
    else:
        for item in answer:
            yield item


def verify(vector: dict[str, Any]) -> dict[str, Any]:
    with patch("time.time", lambda: vector["now"]):
        try:
            delivery = verify_webhook(secret=vector["secret"], headers=vector["headers"], body=vector["body"])
            assert delivery == verify_webhook(secret=vector["secret"], headers=vector["headers"], body=vector["body"].encode())
            return {"result": plain(delivery)}
        except WebhookError:
            return {"isRefused": True}


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        if "vector" in asked:
            answer = verify(asked["vector"])
        elif "names" in asked:
            answer = {"names": [name for name in dir(Server) if not name.startswith("_")]}
        else:
            answer = asyncio.run(call(asked["target"], asked["case"], asked["isAsync"]))
        print(json.dumps(answer), flush=True)


main()
