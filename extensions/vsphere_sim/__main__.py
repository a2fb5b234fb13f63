# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""python -m vsphere_sim: one estate, or with --stay one after another."""

from __future__ import annotations

import sys

from .command_line import main
from .staying import stay

sys.exit(stay() if sys.argv[1:] == ["--stay"] else main())
