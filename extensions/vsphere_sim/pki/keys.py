# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RSA keys. Making one takes a tenth of a second, so the hosts of a new estate share a few."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import rsa

KEY_BITS = 2048
POOL_SIZE = 4
KEPT = 256


@dataclass
class _Keys:
    """The keys that this process has made. Of those that earlier estates had, this one takes each once, before others are made for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    made: list[rsa.RSAPrivateKey] = field(default_factory=list)
    # Those of earlier estates, and how many of them this one has taken.
    earlier: list[rsa.RSAPrivateKey] = field(default_factory=list)
    taken: int = 0

    def begin_estate(self) -> None:
        with self.lock:
            # Another comes first each time, so that what was a CA's in one estate is not in the next.
            self.made = [*self.made[1:], *self.made[:1]][-KEPT:]
            self.earlier = list(self.made)
            self.taken = 0

    def take(self) -> rsa.RSAPrivateKey:
        with self.lock:
            if self.taken < len(self.earlier):
                self.taken += 1
                return self.earlier[self.taken - 1]
        key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        with self.lock:
            self.made.append(key)
        return key


_keys = _Keys()


def begin_estate() -> None:
    """Another estate begins in this process: nobody is left who has the keys of those before."""
    _keys.begin_estate()


def fresh_key() -> rsa.RSAPrivateKey:
    """A key that nobody else of the estate has."""
    return _keys.take()


class KeyPool:
    """A few keys, handed out in turn."""

    def __init__(self) -> None:
        self._keys = [fresh_key() for _position in range(POOL_SIZE)]
        self._next = 0

    def take(self) -> rsa.RSAPrivateKey:
        """The next of the keys."""
        self._next += 1
        return self._keys[self._next % POOL_SIZE]
