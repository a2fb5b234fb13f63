# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RSA keys. Making one takes a tenth of a second, so the hosts of a new estate share a few."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import rsa

KEY_BITS = 2048
POOL_SIZE = 4


def fresh_key() -> rsa.RSAPrivateKey:
    """A key that nobody else has."""
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


class KeyPool:
    """A few keys, handed out in turn."""

    def __init__(self) -> None:
        self._keys = [fresh_key() for _position in range(POOL_SIZE)]
        self._next = 0

    def take(self) -> rsa.RSAPrivateKey:
        """The next of the keys."""
        self._next += 1
        return self._keys[self._next % POOL_SIZE]
