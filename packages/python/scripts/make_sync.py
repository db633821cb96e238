"""Writes madang_server/_sync from madang_server/_async. With --check, it only reports files that are out of date."""

import re
import sys
from pathlib import Path

package = Path(__file__).parent.parent / "src" / "madang_server"
source, target = package / "_async", package / "_sync"

words = {
    "AsyncIterator": "Iterator",
    "Awaitable[T]": "T",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "aclose": "close",
    "aread": "read",
    "aiter_bytes": "iter_bytes",
    "anyio.sleep": "time.sleep",
    "httpx.AsyncClient": "httpx.Client",
}


def sync(text: str) -> str:
    text = text.replace("import anyio\n", "").replace(", Awaitable, ", ", ")
    for word, other in words.items():
        text = re.sub(rf"(?<!\w){re.escape(word)}", other, text)
    text = re.sub(r"\basync (def|with|for)\b", r"\1", text)
    text = re.sub(r"\bawait ", "", text)
    return re.sub(r"\bAsync(?=[A-Z])", "", text)


def sorted_names(match: re.Match[str]) -> str:
    return f"from collections.abc import {', '.join(sorted(match[1].split(', ')))}\n"


def main() -> int:
    stale = []
    for file in sorted(source.glob("*.py")):
        text = re.sub(r"from collections\.abc import (.*)\n", sorted_names, sync(file.read_text()))
        head = f"# Written from _async/{file.name} by scripts/make_sync.py.\n" if text else ""
        written = target / file.name
        if "--check" not in sys.argv:
            target.mkdir(exist_ok=True)
            written.write_text(head + text)
        elif not written.exists() or written.read_text() != head + text:
            stale.append(file.name)
    if stale:
        print(f"Run python scripts/make_sync.py: {', '.join(stale)} changed.")
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
