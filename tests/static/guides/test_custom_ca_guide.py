# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What docs/custom_ca.md has one copy: each certops_custom_ca has options that there are, and the tasks of a role that signs do what they are shown for.

Vault's answer is that of its documentation (PKI secrets engine, sign certificate). There is no ACME server: community.crypto takes the options, and
looks for one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "custom_ca.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
GIVEN: list[dict[str, Any]] = [
    yaml.safe_load(block)["certops_custom_ca"] for block in BLOCKS if block.startswith("certops_custom_ca:")
]
[VAULT] = [block for block in BLOCKS if "https://vault.example.com" in block]
[ACME] = [block for block in BLOCKS if "acme_certificate" in block]
REQUEST = "-----BEGIN CERTIFICATE REQUEST-----\nMA==\n-----END CERTIFICATE REQUEST-----\n"


def role(folder: Path, tasks: str) -> subprocess.CompletedProcess[str]:
    """Run tasks as those of a role that signs, and show what it hands over."""
    shown = [{"ansible.builtin.debug": {"var": "certops_signed_pem"}}]
    play = {"hosts": "vc", "gather_facts": False, "tasks": [*DataLoader().load(tasks), *shown]}
    (folder / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    given = {"certops_csr_pem": REQUEST, "certops_esxi_host": "esx01.example.com", "ansible_connection": "local"}
    command = ["ansible-playbook", "-i", "vc,", str(folder / "play.yml"), "-e", json.dumps(given)]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, "VAULT_TOKEN": "canary-token"}, capture_output=True, text=True, check=False
    )


@contextmanager
def vault(asked: list[tuple[str, str, dict[str, Any]]]) -> Iterator[str]:
    """Where a Vault answers that it has signed, and nobody anything else; what it was asked goes into the list: path, token, what was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, self.headers["X-Vault-Token"], sent))
            answer = {
                "data": {"certificate": "LEAF", "issuing_ca": "ISSUER", "ca_chain": ["ISSUER", "ROOT"], "serial_number": "1d"}
            }
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            asked.append((self.path, "", {}))
            self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_every_custom_ca_has_options_that_there_are_and_each_method_is_shown() -> None:
    specs = yaml.safe_load((ROOT / "roles" / "renew_custom_ca" / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    known = specs["argument_specs"]["main"]["options"]["certops_custom_ca"]["options"]
    assert [given["method"] for given in GIVEN] == known["method"]["choices"]
    assert {name for given in GIVEN for name in given} == set(known)


def test_vault_is_asked_for_the_host_and_its_certificate_is_handed_over(tmp_path: Path) -> None:
    asked: list[tuple[str, str, dict[str, Any]]] = []
    with vault(asked) as where:
        done = role(tmp_path, VAULT.replace("https://vault.example.com:8200", where))
    assert done.returncode == 0, done.stdout
    sent = {"csr": REQUEST, "common_name": "esx01.example.com", "ttl": "17520h"}
    assert asked == [("/v1/pki_esxi/sign/esxi", "canary-token", sent)]
    assert '"certops_signed_pem": "LEAF\\nISSUER\\nROOT"' in done.stdout
    assert "canary-token" not in done.stdout


@pytest.mark.parametrize("task", ["Order", "Take the certificate"])
def test_the_module_that_orders_by_acme_takes_what_it_is_given(tmp_path: Path, task: str) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL
    (tmp_path / "account.key").write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    asked: list[tuple[str, str, dict[str, Any]]] = []
    with vault(asked) as where:
        tasks = ACME.replace("https://ca.example.com", where).replace("/etc/pki/acme-account.key", str(tmp_path / "account.key"))
        [wanted] = [one for one in yaml.safe_load(tasks.replace("/var/lib/esxi-acme", str(tmp_path))) if one["name"] == task]
        vsphere_fault = role(tmp_path, yaml.safe_dump([{**wanted, "vars": {"example_order": {"order_uri": f"{where}/1"}}}])).stdout
    # It took its options, and had read the account's key: what it looked for next is not there.
    assert [path for path, _token, _sent in asked] == ["/acme/esxi/directory"], vsphere_fault
    assert "404" in vsphere_fault
