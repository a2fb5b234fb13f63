# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and the collection: options in, a result or one sentence of failure out."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Callable, Iterator, Mapping, Optional

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib
from ansible.module_utils.common.parameters import remove_values

from .core import x509_library
from .core.certificate import holds_private_key
from .core.errors import CertopsError
from .core.packed import pack
from .operations.progress import FILE_VARIABLE, Tell, to_file
from .vsphere import pyvmomi_library
from .vsphere.connection import Connection
from .vsphere.session import VSphereSession

# Names, aliases and environment variables as vmware.vmware has them; documented in doc_fragments/connection.py.
CONNECTION_SPEC: dict[str, dict[str, Any]] = {
    "hostname": {"type": "str", "fallback": (env_fallback, ["VMWARE_HOST"])},
    "username": {"type": "str", "aliases": ["admin", "user"], "fallback": (env_fallback, ["VMWARE_USER"])},
    "password": {
        "type": "str",
        "aliases": ["pass", "pwd"],
        "no_log": True,
        "fallback": (env_fallback, ["VMWARE_PASSWORD"]),
    },
    "port": {"type": "int", "default": 443, "fallback": (env_fallback, ["VMWARE_PORT"])},
    "validate_certs": {"type": "bool", "default": True, "fallback": (env_fallback, ["VMWARE_VALIDATE_CERTS"])},
    "ca_path": {"type": "path", "fallback": (env_fallback, ["VMWARE_CA_PATH"])},
    "proxy_host": {"type": "str", "fallback": (env_fallback, ["VMWARE_PROXY_HOST"])},
    "proxy_port": {"type": "int", "fallback": (env_fallback, ["VMWARE_PROXY_PORT"])},
}

# What the collection stands on beside Ansible, by the name that pip knows it by: why it cannot be imported, None where it can.
LIBRARIES: Mapping[str, Optional[str]] = {"pyvmomi": pyvmomi_library.MISSING, "cryptography": x509_library.MISSING}


@dataclass
class Result:
    """What a module returns. failure is set where it fails although it has results to show; packed goes out as one text each."""

    changed: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    packed: dict[str, Any] = field(default_factory=dict)
    diff: Optional[list[dict[str, Any]]] = None
    failure: Optional[str] = None
    warnings: list[str] = field(default_factory=list)


def whole_spec(argument_spec: Mapping[str, Mapping[str, Any]], timeout_seconds: int) -> dict[str, Mapping[str, Any]]:
    """A module's own options with those that every module has: the connection, and how long it waits (its default)."""
    timeout = {"timeout_seconds": {"type": "float", "default": float(timeout_seconds)}}
    return {**CONNECTION_SPEC, **timeout, **argument_spec}


def run(
    argument_spec: Mapping[str, Mapping[str, Any]],
    timeout_seconds: int,
    work: Callable[[VSphereSession, Mapping[str, Any], bool, Tell], Result],
    check: Optional[Callable[[Mapping[str, Any]], None]] = None,
    **constraints: Any,
) -> None:
    """Run a module: its options, one session, its work, its result.

    timeout_seconds is the module's default for how long it waits. check looks at the options before any network.
    work is given the session, the options, whether it is check mode, and whom to tell of its progress.
    constraints go to AnsibleModule (required_if and the like).
    """
    module = AnsibleModule(argument_spec=whole_spec(argument_spec, timeout_seconds), supports_check_mode=True, **constraints)
    _require_libraries(module)
    # Nothing asks for a private key; where one is given by mistake, Ansible must not print it with the other options.
    module.no_log_values.update(text for text in _texts(module.params) if holds_private_key(text))
    try:
        options = module.params
        if check is not None:
            check(options)
        with VSphereSession(connection_from(options)) as session:
            result = work(session, options, module.check_mode, to_file(os.environ.get(FILE_VARIABLE)))
            retries = session.retries
    except CertopsError as error:
        module.fail_json(msg=str(error), **error.result)
    if retries:
        result.warnings.append(f"{retries} call(s) to {options['hostname']} failed in passing and were repeated")
    for warning in result.warnings:
        module.warn(warning)
    answer = dict(result.values, changed=result.changed)
    # What must not be shown can no longer be found once it is packed.
    answer.update({name: pack(remove_values(value, module.no_log_values)) for name, value in result.packed.items()})
    if result.diff is not None and module._diff:
        answer["diff"] = result.diff
    if result.failure is not None:
        module.fail_json(msg=result.failure, **answer)
    module.exit_json(**answer)


def connection_from(options: Mapping[str, Any]) -> Connection:
    """How the vCenter is reached, from the options of CONNECTION_SPEC and timeout_seconds."""
    return Connection(
        hostname=options["hostname"] or "",
        username=options["username"] or "",
        password=options["password"] or "",
        port=options["port"],
        validate_certs=options["validate_certs"],
        ca_path=options["ca_path"],
        proxy_host=options["proxy_host"],
        proxy_port=options["proxy_port"],
        timeout_seconds=options["timeout_seconds"],
    )


def _texts(value: Any) -> Iterator[str]:
    """All texts in an option's value, however deep."""
    if isinstance(value, Mapping):
        value = [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _require_libraries(module: AnsibleModule) -> None:
    for library, problem in LIBRARIES.items():
        if problem is not None:
            module.fail_json(msg=missing_required_lib(library), exception=problem)
