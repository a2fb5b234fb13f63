# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs of our playbooks, modules and inventories, without starting Ansible: the same actions, roles and playbooks in a process that is forked.

A server, one for each worker of pytest, has imported all of it; a child of its own does each piece of work, and can be killed like any
process (client.py, server.py). The child reads our playbooks' YAML and has Ansible's own parts read the inventory, evaluate templates and
make actions; what goes from task to task and from play to play is done here (course.py), and pauses are shorter (hurried.py).

It knows what our playbooks and their roles use, and refuses everything else: what is about Ansible itself (specifications of arguments,
callbacks, limits, other connections and Pythons, tasks of users) is for a real process (processes.py). test_player.py holds both together.
"""

from __future__ import annotations

from player.client import Running, begun, module, play, program

__all__ = ["Running", "begun", "module", "play", "program"]
