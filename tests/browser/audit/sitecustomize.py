"""Python imports this by itself where its folder is on PYTHONPATH: notes every address that the process uses."""

import os
import sys
from pathlib import Path

_EVENTS = ("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event in _EVENTS:
        named = arguments[1:] if event in ("socket.bind", "socket.connect", "socket.sendto") else arguments[:1]
        with Path(os.environ["AUDIT_LOG"]).open("a", encoding="utf-8") as log:
            log.write(f"{event} {named[0]!r}\n")


sys.addaudithook(_note)
