# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A headless Chromium, driven over a pair of pipes by its DevTools protocol: no port, no library."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Optional

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
MISSING = f"no Chromium is installed (on Debian: the package {PROGRAMS[0]})"
ANSWER_SECONDS = 60
# What a page has to say besides what it is asked.
NOISE = (
    "Runtime.exceptionThrown",
    "Log.entryAdded",
    "Runtime.consoleAPICalled",
    "Page.javascriptDialogOpening",
    "Network.requestWillBeSent",
)


def program() -> Optional[str]:
    """Where the browser is; None where there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class PageError(AssertionError):
    """The browser refused what it was asked, or a script of the page failed."""


class Page:
    """One page, and what it said: errors, console, dialogs, requests."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, os.fdopen(answers, "rb")
        self._number = 0
        self._waiting = b""
        self.session: Optional[str] = None
        self.events: list[dict[str, Any]] = []

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command, and return its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise PageError(f"{method}: {answer['error']['message']}")
                return dict(answer["result"])
            self.events.append(answer)

    def wait(self, method: str) -> None:
        """Wait for an event."""
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self._next())

    def run(self, script: str) -> Any:
        """The value of an expression of the page's, or of what it promises."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise PageError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def open(self, path: Path) -> None:
        """Open a file, and wait until it is loaded."""
        self.events.clear()
        self.ask("Page.navigate", url=path.resolve().as_uri())
        self.wait("Page.loadEventFired")

    def size(self, width: int, height: int) -> None:
        """Have the window so many pixels wide and high."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def scheme(self, name: str) -> None:
        """Prefer light or dark."""
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def key(self, name: str, code: int) -> None:
        """Press a key."""
        text = {"text": "\r"} if name == "Enter" else {}
        self.ask("Input.dispatchKeyEvent", type="keyDown", key=name, code=name, windowsVirtualKeyCode=code, **text)
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=name, code=name, windowsVirtualKeyCode=code)

    def picture(self, path: Path, whole: bool = False) -> None:
        """A PNG of what is seen, or of the whole page."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", captureBeyondViewport=whole)["data"]))

    def paper(self) -> bytes:
        """The page as PDF."""
        return base64.b64decode(self.ask("Page.printToPDF", printBackground=False, preferCSSPageSize=True)["data"])

    def vsphere_fault(self) -> list[str]:
        """Errors, console lines, dialogs and requests for anything but the page itself since it was opened."""
        self.run("1")
        found = [event for event in self.events if event.get("method") in NOISE]
        return [
            json.dumps(event)
            for event in found
            if event["method"] != "Network.requestWillBeSent" or event["params"].get("type") != "Document"
        ]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._waiting:
            read = self._answers.read1(1 << 16)
            if not read:
                raise PageError("the browser ended")
            self._waiting += read
        message, _nul, self._waiting = self._waiting.partition(b"\0")
        return dict(json.loads(message))


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """A browser with one empty page, whose profile is in the folder."""
    found = program()
    assert found, MISSING
    from_us, commands = os.pipe()
    answers, to_us = os.pipe()
    words = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe"]
    words = [found, *words, f"--user-data-dir={folder / 'profile'}"]

    def as_it_wants_them() -> None:
        # It reads from descriptor 3 and writes to 4; one of ours may be called that.
        reading, writing = (fcntl.fcntl(one, fcntl.F_DUPFD, 10) for one in (from_us, to_us))
        os.dup2(reading, 3)
        os.dup2(writing, 4)

    process = subprocess.Popen(
        words,
        preexec_fn=as_it_wants_them,
        pass_fds=(3, 4),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    os.close(from_us)
    os.close(to_us)
    alarm = signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(ANSWER_SECONDS * 4)
    try:
        page = Page(commands, answers)
        target = page.ask("Target.createTarget", url="about:blank")["targetId"]
        page.session = page.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for part in ("Page", "Runtime", "Log", "Network"):
            page.ask(f"{part}.enable")
        yield page
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, alarm)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(commands)


def _too_long(_number: int, _frame: Any) -> None:
    raise PageError("the browser took too long")
