# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's old pair is put back whatever is raised after it was replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._esxi_shell import pair_files
from ansible_collections.certops.vsphere.plugins.module_utils._esxi_shell.identity import Identity
from ansible_collections.certops.vsphere.plugins.module_utils._operations import regenerate_on_host
from ansible_collections.certops.vsphere.plugins.module_utils._operations.regenerate_on_host import Order, _Regeneration
from ansible_collections.certops.vsphere.tests.unit.certificates import HOST, NOW, PrivateKey, key, make, pem
from ansible_collections.certops.vsphere.tests.unit.esxi_shell.local_shell import LocalShell
from ansible_collections.certops.vsphere.tests.unit.fake_clock import FakeClock
from ansible_collections.certops.vsphere.tests.unit.fake_estate import FakeEstate
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

ORDER = Order(HOST, renew_before_days=60, force=False, reload="agents", timeout_seconds=60, check_mode=False)


class Reloading:
    """Daemons that are reloaded, where that raises this."""

    begun = False
    done: tuple[str, ...] = ()

    def __init__(self, raised: Exception) -> None:
        self._raised = raised

    def impossible(self) -> None:
        """It is possible."""

    def note_before(self, _wanted: Any) -> None:
        """Nothing is."""

    def different(self, _wanted: Any) -> list[str]:
        """They serve what they should."""
        return []

    def until_served(self, _wanted: Any, _deadline: Any) -> list[str]:
        """It breaks."""
        raise self._raised


def write(folder: Path, stem: str, private: PrivateKey, ends: float) -> None:
    """A pair."""
    text = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    (folder / f"{stem}.key").write_bytes(text)
    (folder / f"{stem}.crt").write_text(pem(make(names=(HOST,), private=private, ends=ends)), encoding="ascii")


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (
            AttributeError("no info"),
            "An internal error in certops.vsphere stopped the step renew_cli of esx01.example.com (AttributeError",
        ),
        (CertopsError("It is not served", code="broken"), "It is not served"),
    ],
    ids=["unforeseen", "foreseen"],
)
def test_the_old_pair_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, told: str) -> None:
    write(tmp_path, "rui", key("RSA 2048"), 20)
    write(tmp_path, "new", key("RSA 2048", 1), 400)
    before = {name: (tmp_path / name).read_bytes() for name in ("rui.key", "rui.crt")}
    shell = LocalShell(tmp_path, generates=f"cp {tmp_path}/new.key {tmp_path}/rui.key; cp {tmp_path}/new.crt {tmp_path}/rui.crt")
    monkeypatch.setattr(regenerate_on_host, "read_clock", lambda _shell: NOW)
    monkeypatch.setattr(pair_files, "save", lambda _shell: None)
    regeneration = _Regeneration(shell, ORDER, None, FakeEstate(), FakeClock())
    regeneration._reload = Reloading(raised)  # type: ignore[assignment]  # what stands in its place
    identity: Any = Identity.__new__(Identity)
    object.__setattr__(identity, "configured_name", HOST)
    outcome = regeneration._renew(pair_files.read_pair(shell), identity)
    assert outcome.result.status == "failed"
    assert told in str(outcome.result.error)
    assert "The old certificate and key are back in place" in str(outcome.result.error)
    assert outcome.backup is not None
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
