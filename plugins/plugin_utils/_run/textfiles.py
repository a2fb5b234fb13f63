# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metrics of a run, in the folder of node_exporter's textfile collector: a file for each vCenter, whichever job writes it.

So no series is in two of these files, of which node_exporter would drop one in silence.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping
from urllib.parse import quote

from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_metrics import by_vcenter, escaped, vcenters_in
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import messages as controller_messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.report_folder import write
from ansible_collections.certops.vsphere.plugins.plugin_utils._run import messages

# node_exporter is somebody else, and mostly not of the group of who runs Ansible.
MODE = 0o644
# What others put there is read for the names of vCenters, as far as this; of 5,000 ESXi hosts a file has 4 MB.
_LARGEST_BYTES = 64 * 1024 * 1024


def write_textfiles(folder: Path, document: Mapping[str, Any]) -> None:
    """Write the metrics of each vCenter of a report. Raises InputError where that cannot be done, or another file has series of one of them."""
    if not folder.is_dir():
        # Whoever collects from it has made it, and nobody else would read one that is made here.
        raise controller_messages.REPORT_FOLDER_NOT_WRITABLE(folder=folder, reason="there is no such folder")
    texts = by_vcenter(document)
    files = {name: f"certops-{quote(name, safe='')}.prom" for name in texts}
    for path in sorted(folder.glob("*.prom")):
        twice = [name for name in texts if path.name != files[name] and escaped(name) in _vcenters_of(path)]
        if twice:
            raise messages.METRICS_TWICE(vcenter=twice[0], file=path)
    write(folder, {files[name]: text for name, text in texts.items()}, MODE)


def _vcenters_of(path: Path) -> set[str]:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return vcenters_in(file.read(_LARGEST_BYTES))
    except OSError:
        # What cannot be read here is nobody's of this user, and for node_exporter to tell of.
        return set()
