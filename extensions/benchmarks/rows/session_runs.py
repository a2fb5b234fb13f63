# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs modules many times in this process, as Ansible would each in one of its own: python -m benchmarks.rows.session_runs FILE.

FILE is JSON: a list of [module, options], which are run one after another. What they print is thrown away, and how each ended counts
for nothing: the simulator's journal has what is to be known.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
from pathlib import Path
from typing import Any

from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args

MODULES = "ansible_collections.certops.vsphere.plugins.modules"


def main() -> None:
    """Run what the file says."""
    for name, options in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        run_module(importlib.import_module(f"{MODULES}.{name}"), options)


def run_module(module: Any, options: dict[str, Any]) -> None:
    """Run a module to its end."""
    with patch_module_args(options), contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        module.main()
    # What a run was not to show must not hide what the next one shows.
    basic._PARSED_MODULE_ARGS = None


if __name__ == "__main__":
    main()
