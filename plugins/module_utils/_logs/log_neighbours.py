# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was last seen in a thread or an operation of a log, so that a line which names nobody can be told by its neighbours."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, Hashable, NamedTuple, Optional, TypeVar

from .log_line import Moment, Prefix

# A pool gives its threads to other work: what is further apart has nothing to do with each other.
NEIGHBOUR_SECONDS = 60.0
# Of threads and of operations no more are remembered; who has not been seen for longest is forgotten.
MOST_REMEMBERED = 1024

Value = TypeVar("Value")


class _Seen(NamedTuple):
    operation: bytes
    moment: Optional[Moment]
    # What the value is about; None in an operation that has been about several.
    about: Optional[Hashable]
    value: object


class Neighbours(Generic[Value]):
    """The last value of each thread, and of each operation as long as that is about one thing."""

    def __init__(self) -> None:
        self._threads: OrderedDict[bytes, _Seen] = OrderedDict()
        self._operations: OrderedDict[bytes, _Seen] = OrderedDict()

    def put(self, prefix: Prefix, value: Value, about: Hashable) -> None:
        """Remember a value for the thread and the operation of a line. about tells two values apart, and is never None."""
        if prefix.thread:
            _remember(self._threads, prefix.thread, _Seen(prefix.operation, prefix.moment, about, value))
        if prefix.operation:
            known = self._operations.get(prefix.operation)
            alone = known is None or known.about == about or not _near(known.moment, prefix.moment)
            _remember(self._operations, prefix.operation, _Seen(prefix.operation, prefix.moment, about if alone else None, value))

    def get(self, prefix: Prefix) -> Optional[Value]:
        """The last value of a line's thread, unless that did another operation since; otherwise the one of its operation."""
        seen = self._threads.get(prefix.thread)
        if (
            seen
            and _near(seen.moment, prefix.moment)
            and (seen.operation == prefix.operation or not (seen.operation and prefix.operation))
        ):
            return seen.value  # type: ignore[return-value]
        seen = self._operations.get(prefix.operation)
        if seen and _near(seen.moment, prefix.moment) and seen.about is not None:
            return seen.value  # type: ignore[return-value]
        return None


def _remember(memory: OrderedDict[bytes, _Seen], key: bytes, seen: _Seen) -> None:
    memory[key] = seen
    memory.move_to_end(key)
    if len(memory) > MOST_REMEMBERED:
        memory.popitem(last=False)


def _near(one: Optional[Moment], other: Optional[Moment]) -> bool:
    """Whether two times are close; those that nobody can read are."""
    return one is None or other is None or abs((one.at - other.at).total_seconds()) <= NEIGHBOUR_SECONDS
