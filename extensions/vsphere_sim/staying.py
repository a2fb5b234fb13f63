# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulator that stays: one estate after another in one process, so that each takes no start of Python and no new keys."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
from queue import SimpleQueue
from typing import Iterable, Optional

from .command_line import CANNOT_OPEN, announce, open_estate, parser, scenario_of
from .pki.keys import begin_estate
from .simulator import Simulator

# Said in a line of their own, as `ready` is.
REFUSED = "refused"
DOWN = "down"


def stay(lines: Optional[Iterable[str]] = None) -> int:
    """Serve the estates of these lines, those of standard input where none are given, until they end or a signal comes.

    A line is a list in JSON: an estate's options, as they are on the command line. What served before is taken down first, and an empty list
    does nothing else; `down` is said when nothing of it is left. Every estate says `ready` at last, or `refused`, with the reason on
    standard error.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    staying = _Staying()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: staying.order(None))
    threading.Thread(target=staying.read, args=(sys.stdin if lines is None else lines,), name="orders", daemon=True).start()
    staying.serve()
    return 0


class _Staying:
    """Orders come in one thread, and another serves the estate of the last one. An order is a line; None is the end."""

    def __init__(self) -> None:
        self._orders: SimpleQueue[Optional[str]] = SimpleQueue()
        # A signal is handled by the thread that serves, which may hold it.
        self._lock = threading.RLock()
        self._simulator: Optional[Simulator] = None

    def read(self, lines: Iterable[str]) -> None:
        """Take each line for an order."""
        for line in lines:
            self.order(line)
        self.order(None)

    def order(self, line: Optional[str]) -> None:
        """What is to be served next. What is served now ends."""
        with self._lock:
            self._orders.put(line)
            if self._simulator is not None:
                self._simulator.stop()

    def serve(self) -> None:
        """Until the end."""
        while (line := self._orders.get()) is not None:
            try:
                words = json.loads(line)
            except ValueError:
                words = None
            if not isinstance(words, list):
                _refuse(f"{line.strip()} is no list of options")
            elif words:
                self._serve_estate([str(word) for word in words])
            else:
                print(DOWN, flush=True)

    def _serve_estate(self, words: list[str]) -> None:
        begin_estate()
        try:
            given = parser().parse_args(words)
            scenario = scenario_of(given)
            if given.ssh is not None or scenario.get("ssh"):
                raise OSError("SSH wants a process of its own, since its mounts are for the whole process")
            simulator = open_estate(given, scenario)
        except SystemExit:
            # argparse has said why.
            print(REFUSED, flush=True)
            return
        except CANNOT_OPEN as error:
            _refuse(error)
            return
        with self._lock:
            self._simulator = simulator
            if not self._orders.empty():
                simulator.stop()
        announce(simulator, given.dir)
        simulator.run()
        with self._lock:
            self._simulator = None


def _refuse(why: object) -> None:
    print(f"vsphere_sim: {why}", file=sys.stderr, flush=True)
    print(REFUSED, flush=True)
