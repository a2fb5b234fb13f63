# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step does about the clusters of its hosts: it waits for vSphere HA after each host, and switches host monitoring off and on again.

Private to this collection: what is in here can change in any release, without notice. Use its modules, roles and playbooks.
"""

from __future__ import annotations
