# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a CA of the operator's signs: what it lacks is told before anything is asked, and no secret of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca import given as custom_ca

SECRET = "canary-passphrase"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMA==\n-----END ENCRYPTED PRIVATE KEY-----\n"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A CA whose files are there, and that community.crypto signs for."""
    (tmp_path / "ca.pem").write_text(CERTIFICATE, encoding="utf-8")
    (tmp_path / "ca.key").write_text(KEY, encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "ansible_collections" / "example" / "pki" / "roles" / "sign" / "shortly").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(custom_ca, "installed_collection", lambda name: name in ("community.crypto", "example.pki"))
    return {"method": "key", "ca_path": "~/ca.pem", "ca_key_path": "$HOME/ca.key", "ca_passphrase": SECRET}


def test_what_can_sign_passes_with_its_paths_as_modules_take_them(files: dict[str, Any], tmp_path: Path) -> None:
    assert custom_ca.problem({}) is None
    assert custom_ca.problem(files) is None
    found = custom_ca.require_usable({**files, "days": "30"}, "vc1", lambda name: None)
    assert (found.ca_path, found.ca_key_path) == (str(tmp_path / "ca.pem"), str(tmp_path / "ca.key"))
    assert (found.days, found.ca_passphrase) == (30, SECRET)
    for name in ("sign_here", "pki.sign", "example.pki.sign", "example.pki.sign.shortly"):
        assert custom_ca.problem({"method": "role", "name": name}) is None
    command = {"method": "command", "argv": [sys.executable, "$HOME/x"]}
    assert custom_ca.require_usable(command, "vc1", lambda name: None).argv == (sys.executable, str(tmp_path / "x"))
    seconds = [
        custom_ca.read({**command, **more}).host_timeout_seconds
        for more in ({}, {"host_timeout_seconds": 0}, {"host_timeout_seconds": "7"})
    ]
    assert seconds == [300, None, 7]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("key", "it must be a dictionary"),
        ([], "it must be a dictionary"),
        ({"days": 3}, "its method must be one of: key, command, role"),
        ({"method": ["key"]}, "its method must be one of: key, command, role"),
        ({"method": "key", "ca_path": "/x"}, "its method key needs ca_path and ca_key_path"),
        ({"method": "command", "argv": []}, "its method command needs argv, the program and its arguments as a list"),
        ({"method": "command", "argv": "sign it"}, "its method command needs argv, the program and its arguments as a list"),
        ({"method": "command", "argv": 5}, "its method command needs argv, the program and its arguments as a list"),
        ({"method": "role", "name": None}, "its method role needs name, the role as NAMESPACE.COLLECTION.ROLE"),
        ({"method": "role", "name": "x", "days": 0}, "its days must be a whole number of 1 or more"),
        ({"method": "role", "name": "x", "days": 1.5}, "its days must be a whole number of 1 or more"),
        ({"method": "role", "name": "x", "host_timeout_seconds": "soon"}, "its host_timeout_seconds must be a number of 0 or more"),
    ],
)
def test_what_lacks_something_cannot_be_meant_anywhere(given: Any, told: str) -> None:
    assert custom_ca.shape_problem(given) == custom_ca.problem(given) == told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ca_path": "/no/ca.pem", "ca_key_path": "/no/ca.key"}, "there is not a file /no/ca.pem, /no/ca.key on this controller"),
        ({"ca_path": "~/ca.key"}, "its ca_path holds a private key: give the certificates alone there, and the key in ca_key_path"),
        ({"ca_key_path": "~/ca.pem"}, "holds no private key in PEM"),
        ({"ca_path": "~/empty"}, "holds no certificate in PEM"),
        ({"ca_path": "~"}, "there is not a file"),
        ({"method": "command", "argv": ["/no/sign", SECRET]}, "there is no program /no/sign on this controller"),
        ({"method": "command", "argv": ["~/ca.pem"]}, "there is no program"),
        ({"method": "role", "name": "other.pki.sign"}, "its role other.pki.sign is of a collection that is not installed"),
        ({"method": "role", "name": "example.pki.sing"}, "the collection example.pki has no role sing"),
        ({"method": "role", "name": "example.pki.sign.long"}, "the collection example.pki has no role sign.long"),
    ],
)
def test_what_this_controller_lacks_is_told_where_it_signs(
    files: dict[str, Any], tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    (tmp_path / "empty").touch()
    given = {**files, **changes}
    assert custom_ca.shape_problem(given) is None
    assert told in str(custom_ca.problem(given))
    assert SECRET not in str(custom_ca.problem(given))
    with pytest.raises(InputError) as raised:
        custom_ca.require_usable(given, "vc1", lambda name: None)
    assert str(raised.value).startswith("Nothing was changed on vc1: certops_custom_ca cannot be used (")
    assert str(raised.value).endswith("). See docs/custom_ca.md for what it can be.")
    assert SECRET not in str(raised.value)


def test_without_the_collection_that_signs_it_is_told_how_to_get_it(files: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom_ca, "installed_collection", lambda name: False)
    assert "ansible-galaxy collection install community.crypto" in str(custom_ca.problem(files))


def test_a_file_that_may_not_be_read_is_told_with_the_reason(files: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_given: Any, **_named: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refused)
    assert str(custom_ca.problem(files)).endswith("ca.pem cannot be read (Permission denied)")
