# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run of the roles as its actions see it: variables, what plays leave to each other, the plan's policy, the report.

Private to this collection: what is in here can change in any release, without notice. Use its modules, roles and playbooks.
"""
