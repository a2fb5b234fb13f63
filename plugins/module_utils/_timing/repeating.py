# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changes something is sent again only after a look at what became of it: its answer may be lost, and not the call."""

from __future__ import annotations

from typing import Callable

from .._common.errors import CertopsError, DeadlineExceeded, RepeatableError
from . import waiting

ATTEMPTS = 3
PAUSE_SECONDS = 2.0


def retry_unless_done(
    count_retry: Callable[[], None],
    call: Callable[[], None],
    made: Callable[[], bool],
    deadline: waiting.Deadline,
    settled: Callable[[], bool] = lambda: True,
) -> None:
    """Make a change, a few times where vSphere refuses what may be granted the next time, or where the answer is lost.

    call makes it and waits for its end; made tells whether it has been made; settled whether nobody is at it any more. Before a change
    is made again it is seen that nobody is at it, and that it has not been made. Where that can't be seen, it is not made again.
    count_retry: called for each further attempt, for the sentence that says so. Raises CertopsError: the last attempt's.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return call()
        except RepeatableError as error:
            problem = error
        deadline.clock.rest(min(PAUSE_SECONDS * attempt, deadline.left_seconds))
        try:
            waiting.wait_until(lambda: settled() or None, deadline)
            if made():
                count_retry()
                return None
        except DeadlineExceeded:
            problem.remedy = "It may still be going on. Look at the task in vCenter before running again."
            raise problem from None
        except CertopsError:
            raise problem from None
        if attempt == ATTEMPTS or deadline.passed:
            problem.sentence += f" in each of {attempt} attempts" if attempt > 1 else ""
            raise problem
        count_retry()
    raise AssertionError("unreachable")
