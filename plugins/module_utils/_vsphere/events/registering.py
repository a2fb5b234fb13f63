# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why vCenter could not register a provider, by its events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..._common.printable import printable
from ..._wire.pyvmomi_library import vim
from ..session import VSphereSession

# The id of an extended event, as vCenters since 6.7 list it (EventManager.description).
REGISTRATION_FAILED = "com.vmware.vc.iofilter.HostVendorProviderRegistrationFailedEvent"
# A vCenter was seen to answer with no events at all where more were asked for at once.
MOST_AT_ONCE = 1000
MOST_PAGES = 10
LONGEST_TEXT = 400


def registration_failures(session: VSphereSession, since: datetime) -> dict[str, str]:
    """By the ids of hosts, the text of the last event that says that the host's provider could not be registered. Raises CertopsError.

    since: by vCenter's clock. Events are filtered by their ids only: an id and a type together are refused (EventFilterSpec).
    """
    what = f"Reading the events of {session.name}"
    # Without the flag the text may be left out.
    wanted = vim.event.EventFilterSpec(
        time=vim.event.EventFilterSpec.ByTime(beginTime=since), eventTypeId=[REGISTRATION_FAILED], disableFullMessage=False
    )
    collector = session.read(what, lambda: session.content.eventManager.CreateCollectorForEvents(wanted))
    found: dict[str, str] = {}
    try:
        for _page in range(MOST_PAGES):
            # Not repeated where its answer is lost: the next page would be another.
            page = session.ask(what, lambda: collector.ReadNextEvents(MOST_AT_ONCE)) or []
            found.update((moid, text) for moid, text in map(_told, page) if moid and text)
            if len(page) < MOST_AT_ONCE:
                break
    finally:
        session.ask(what, collector.DestroyCollector)
    return found


def _told(event: Any) -> tuple[str, str]:
    """The host that an event names, by its id, and its text."""
    host = getattr(getattr(event, "host", None), "host", None)
    text = printable(" ".join(str(getattr(event, "fullFormattedMessage", None) or getattr(event, "message", None) or "").split()))
    short = text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 3]}..."
    return ("" if host is None else str(host._GetMoId())), short
