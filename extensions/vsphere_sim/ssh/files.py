# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file system of one host: mounts, the pair in /etc/vmware/ssl, and what survives a reboot."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import tarfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Optional

from ..estate.esxi_host import EsxiHost
from ..pki.certificate import Certificate
from .namespace import MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_REC, MS_REMOUNT, mount, unmount
from .pem import described_pem
from .template import HOST_FILE

SSL = "etc/vmware/ssl"
BACKUP = "bootbank/state.tgz"
AUTHORIZED_KEYS = "etc/ssh/keys-root/authorized_keys"
# As ESXi has it: nobody but root reads the key, and not even root is meant to write it.
KEY_MODE, CERTIFICATE_MODE = 0o400, 0o644
RAMDISKS = {"root": ("", "32m"), "etc": ("etc", "28m"), "bootbank": ("bootbank", "16m")}
FLAGS = MS_NOSUID | MS_NODEV
LINKS = {name: f"usr/{name}" for name in ("bin", "sbin", "lib", "lib64", "dev")} | {"altbootbank": "bootbank", "scratch": "var"}
FOLDERS = ("usr", "tmp", "var/run/vmware", "var/log", "var/run/log", "vmfs/volumes")
# What changes by itself, and whose change is none of a client's.
CHANGING = ("var/log", "var/run")
LARGEST_PEM_BYTES = 65536

Entry = tuple[int, bytes]


@dataclass(frozen=True)
class Ramdisk:
    """How full one of the host's file systems is, in bytes."""

    name: str
    mounted_on: str
    size: int
    used: int


class HostFiles:
    """A host's files. Nothing is made before somebody looks."""

    def __init__(self, host: EsxiHost, root: Path, shared: Path, operator_line: str, roots_pem: Callable[[], str]) -> None:
        self._host = host
        self._root = root
        self._shared = shared
        self._operator_line = operator_line
        self._roots_pem = roots_pem
        self._lock = threading.RLock()
        self._made = False
        # The pair that was read last, and what came of it.
        self._read: Optional[tuple[tuple[bytes, bytes], Optional[Certificate]]] = None
        # What auto-backup.sh saved of /etc: by path, mode and content.
        self._saved: dict[str, Entry] = {}

    @property
    def _flags(self) -> int:
        return FLAGS | (MS_NOEXEC if self._host.exec_installed_only else 0)

    @property
    def root(self) -> Path:
        """Where its file system is for the simulator; made now where it was not."""
        with self._lock:
            if not self._made:
                self._make()
            return self._root

    def read_pair(self) -> Optional[Certificate]:
        """The pair in /etc/vmware/ssl, as a daemon reads it; None where it is broken."""
        with self._lock:
            if not self._made:
                return self._host.certificate
            try:
                found = (self.read(f"{SSL}/rui.crt"), self.read(f"{SSL}/rui.key"))
            except OSError:
                return None
            if self._read is None or self._read[0] != found:
                self._read = (found, _matching(*found))
            return self._read[1]

    def write_pair(self, certificate: Certificate) -> None:
        """Put a pair there as hostd does: whole or not at all, and saved. Raises OSError."""
        with self._lock:
            if not self._made:
                return
            for name, content, mode in _pair(certificate):
                beside = self.inside(f"{SSL}/{name}.new")
                try:
                    _write(beside, content, mode)
                except OSError:
                    beside.unlink(missing_ok=True)
                    raise
            for name, _content, _mode in _pair(certificate):
                os.replace(self.inside(f"{SSL}/{name}.new"), self.inside(f"{SSL}/{name}"))
            self.back_up()

    def overwrite_pair(self, certificate: Certificate) -> None:
        """Put a pair there as generate-certificates does: one file after the other, over what is there. Raises OSError."""
        with self._lock:
            for name, content, mode in _pair(certificate):
                path = self.inside(f"{SSL}/{name}")
                if self._host.disk_full and path.exists():
                    # What the old file frees is gone to whoever fills the disk before the new one is written.
                    os.truncate(path, 0)
                    self.apply_disk_full()
                _write(path, content, mode)

    def back_up(self) -> None:
        """Save /etc, so that a reboot does not lose it. Raises OSError."""
        with self._lock:
            now = self._tree("etc")
            archive = io.BytesIO()
            with tarfile.open(fileobj=archive, mode="w:gz") as tar:
                for path, (mode, content) in now.items():
                    member = tarfile.TarInfo(path)
                    member.mode, member.size = mode, len(content)
                    tar.addfile(member, io.BytesIO(content))
            # Beside the old one, as on ESXi: over it there is room even on a full disk.
            beside = self.inside(f"{BACKUP}.new")
            try:
                _write(beside, archive.getvalue(), 0o600)
                os.replace(beside, self.inside(BACKUP))
            except OSError:
                beside.unlink(missing_ok=True)
                raise
            self._saved = now

    def reboot(self) -> None:
        """Lose all that was not saved, and what lay in /tmp."""
        with self._lock:
            if not self._made:
                return
            saved = self._saved
            self._unmake()
            self._mount()
            for path, (mode, content) in saved.items():
                target = self._root / path
                target.parent.mkdir(parents=True, exist_ok=True)
                _write(target, content, mode)
            self.back_up()
            self.apply_disk_full()

    def apply_disk_full(self) -> None:
        """Leave no room on /etc and /bootbank while the host's disk is full, and give it back afterwards."""
        with self._lock:
            if not self._made:
                return
            for ramdisk in self.ramdisks():
                if ramdisk.name != "root":
                    size = str(ramdisk.used) if self._host.disk_full else RAMDISKS[ramdisk.name][1]
                    mount(None, str(self._root / RAMDISKS[ramdisk.name][0]), None, MS_REMOUNT | self._flags, f"size={size}")

    def ramdisks(self) -> list[Ramdisk]:
        """How full each file system is."""
        found = []
        for name, (place, _size) in RAMDISKS.items():
            state = os.statvfs(self.root / place)
            found.append(
                Ramdisk(name, f"/{place}", state.f_blocks * state.f_frsize, (state.f_blocks - state.f_bfree) * state.f_frsize)
            )
        return found

    def contents(self) -> dict[str, tuple[int, str]]:
        """Mode and hash of every file, to see whether something changed."""
        with self._lock:
            return {path: (mode, hashlib.sha256(content).hexdigest()) for path, (mode, content) in self._tree("").items()}

    def described(self) -> dict[str, Any]:
        """The files for GET /state: pairs and what lies beside them, never a key."""
        with self._lock:
            if not self._made:
                return {"made": False, "backed_up": True, "pem": []}
            tree = self._tree("")
            pems = [
                {"path": f"/{path}", "mode": f"{mode & 0o7777:04o}", **described_pem(content)}
                for path, (mode, content) in tree.items()
                if stat.S_ISREG(mode) and (b"-----BEGIN " in content[:LARGEST_PEM_BYTES] or path.startswith(SSL))
            ]
            return {"made": True, "backed_up": self._saved == self._tree("etc"), "pem": pems}

    def read(self, path: str) -> bytes:
        """A file's content. Raises OSError."""
        return self.inside(path).read_bytes()

    def inside(self, path: str) -> Path:
        """Where a path of the host is for the simulator. A link that leads out of the host is not followed. Raises OSError."""
        root = self.root
        real = Path(os.path.realpath(root / path))
        if root.resolve() not in real.parents:
            raise PermissionError(errno.EPERM, f"/{path} leads out of the host")
        return real

    def close(self) -> None:
        """Take the mounts away."""
        with self._lock:
            if self._made:
                self._unmake()

    def _make(self) -> None:
        self._mount()
        for name, content, mode in self._installed():
            target = self._root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, content, mode)
        self.back_up()
        self.apply_disk_full()

    def _installed(self) -> list[tuple[str, bytes, int]]:
        host = self._host
        short, _dot, _domain = host.configured_name.partition(".")
        hosts = f"127.0.0.1\tlocalhost.localdomain localhost\n{host.address}\t{host.configured_name} {short}\n"
        return [
            *((f"{SSL}/{name}", content, mode) for name, content, mode in _pair(host.certificate)),
            (f"{SSL}/castore.pem", self._roots_pem().encode(), CERTIFICATE_MODE),
            ("etc/hosts", hosts.encode(), 0o644),
            ("etc/vmware/locker.conf", b"/scratch 0\n", 0o644),
            ("etc/passwd", b"root:x:0:0:Administrator:/:/bin/sh\n", 0o644),
            ("etc/group", b"root:x:0:root\n", 0o644),
            ("etc/profile", b"export PATH=/bin:/sbin\n", 0o644),
            (AUTHORIZED_KEYS, f"{self._operator_line}\n".encode(), 0o600),
        ]

    def _mount(self) -> None:
        for name, (place, size) in RAMDISKS.items():
            target = self._root / place
            target.mkdir(parents=True, exist_ok=True)
            mount(name, str(target), "tmpfs", self._flags, f"size={size},mode=755")
        for folder in FOLDERS:
            (self._root / folder).mkdir(parents=True)
        (self._root / "tmp").chmod(0o1777)
        for link, target_name in LINKS.items():
            (self._root / link).symlink_to(target_name)
        (self._root / "etc/init.d").symlink_to("../usr/etc/init.d")
        usr = str(self._root / "usr")
        mount(str(self._shared), usr, None, MS_BIND | MS_REC)
        mount(None, usr, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID)
        _write(self._root / HOST_FILE.lstrip("/"), self._host.address.encode(), 0o644)
        self._made = True

    def _unmake(self) -> None:
        self._made = False
        unmount(str(self._root))

    def _tree(self, top: str) -> dict[str, Entry]:
        """Files and links below a folder, by path, without /usr and what changes by itself."""
        found: dict[str, Entry] = {}
        root = self.root
        for folder, folders, names in os.walk(root / top):
            here = os.path.relpath(folder, root)
            here = "" if here == "." else f"{here}/"
            folders[:] = sorted(name for name in folders if f"{here}{name}" not in (*CHANGING, "usr"))
            for name in sorted([*names, *(one for one in folders if Path(folder, one).is_symlink())]):
                entry = _entry(Path(folder, name))
                # Links are the same after every start; only files are saved.
                if entry is not None and not stat.S_ISLNK(entry[0]):
                    found[f"{here}{name}"] = entry
        return found


def _entry(path: Path) -> Optional[Entry]:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            return mode, path.read_bytes()
        return mode, (os.fsencode(os.readlink(path)) if stat.S_ISLNK(mode) else b"")
    except OSError:
        return None  # It went away in between.


def _matching(certificate_pem: bytes, key_pem: bytes) -> Optional[Certificate]:
    """A certificate with its key; None where they do not parse, or do not belong together."""
    try:
        certificate = Certificate.from_pem(certificate_pem.decode(), key_pem.decode())
    except (ValueError, TypeError):
        return None
    key = certificate.key
    same = key is not None and key.public_key().public_numbers() == certificate.x509.public_key().public_numbers()  # type: ignore[union-attr]
    return certificate if same else None


def _pair(certificate: Certificate) -> list[tuple[str, bytes, int]]:
    return [("rui.key", certificate.key_pem, KEY_MODE), ("rui.crt", certificate.chain_pem.encode(), CERTIFICATE_MODE)]


def _write(path: Path, content: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, stat.S_IMODE(mode)), "wb") as file:
        os.fchmod(file.fileno(), stat.S_IMODE(mode))
        file.write(content)
