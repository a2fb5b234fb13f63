# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rehearsal: a report becomes a simulated twin of its estate, and the playbook runs against that. Only this package knows that there is a simulator.

Private to this collection: what is in here can change in any release, without notice. Use its modules, roles and playbooks.
"""
