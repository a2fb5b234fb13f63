# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SSH and a file system for the hosts, so that what an operator types on an ESXi host can be typed here.

The server is asyncssh, not OpenSSH: logging in, each exec and each command of a host pass the fault rules and the journal without another
process for every connection; one event loop serves all hosts, and a host that nobody logs in to costs a listening socket. It is imported
only with --ssh.

A host's files are real. The simulator has a mount namespace of its own, which ends with it and is seen by nobody else; in it every host
has three small tmpfs (root, /etc, /bootbank), made when they are first needed, and the same read-only /usr with busybox, openssl and the
commands of ESXi. So a full disk is a real ENOSPC, and `execInstalledOnly` is a real noexec: whatever was copied to a host cannot be executed
(the shell says "Permission denied" where ESXi says "Operation not permitted": the kernel has no other word for it). Commands run in a
chroot, in a process namespace of the estate, without the capabilities that could harm the machine.

As an ordinary user it works where the kernel lets users make namespaces.
"""
