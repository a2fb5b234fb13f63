# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a call to a vCenter may be shown to strangers: names, addresses and certificates by stand-ins, secrets not at all.

Private to this collection: what is in here can change in any release, without notice. Use its modules, roles and playbooks.
"""
