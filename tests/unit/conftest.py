# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the environment has no part in, and how hypothesis searches.

The same examples on every run: a third of them in `make unit`, which somebody waits for, few within ansible-test, all of them
elsewhere. HYPOTHESIS_PROFILE=search looks for new ones, and longer.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A proxy of whoever runs the tests is said not to be read, which is no part of what a test expects.
for name in ("https_proxy", "all_proxy"):
    os.environ.pop(name, None)
    os.environ.pop(name.upper(), None)

settings.register_profile(
    "same",
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("search", settings.get_profile("same"), max_examples=1500, derandomize=False)
settings.register_profile("third", settings.get_profile("same"), max_examples=50)
settings.register_profile("few", settings.get_profile("same"), max_examples=10)
# ansible-test hands no variable of its caller on, and runs each test in a process of its own. Whether the tests pass in its
# surroundings is seen by a few examples; plain pytest runs them all.
WITHIN_ANSIBLE_TEST = "ansible_pytest" in os.environ.get("PYTEST_PLUGINS", "")
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "few" if WITHIN_ANSIBLE_TEST else "same"))
