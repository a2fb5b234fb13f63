# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and the collection: options in, a result or one sentence of failure out."""

from __future__ import annotations

import base64
import json
import os
import sys
from dataclasses import dataclass, field
from typing import Any, Callable, Iterator, Mapping, Optional, Sequence
from urllib.parse import quote
from urllib.request import getproxies_environment, proxy_bypass
from xml.sax.saxutils import escape

from ansible.module_utils.basic import AnsibleModule, env_fallback
from ansible.module_utils.common.parameters import remove_values

from .._certificates import x509_library
from .._certificates.certificate import holds_private_key
from .._common.errors import CertopsError
from .._common.unforeseen import Traces, foreseen
from .._stepping.port import VSphere
from .._stepping.progress import FILE_VARIABLE, Tell, to_file
from .._vsphere.port import SessionPort
from .._vsphere.session import VSphereSession
from .._wire import pyvmomi_library
from .._wire.connection import REQUEST_TIMEOUT_SECONDS, Connection
from .._wire.journal.journal import Journal
from . import messages

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
    "proxy_username": {"type": "str", "fallback": (env_fallback, ["VMWARE_PROXY_USER"])},
    "proxy_password": {"type": "str", "no_log": True, "fallback": (env_fallback, ["VMWARE_PROXY_PASSWORD"])},
    "request_timeout_seconds": {"type": "float", "default": REQUEST_TIMEOUT_SECONDS},
    "journal": {"type": "path"},
}

# What the collection stands on beside Ansible, by the name that pip knows it by: why it cannot be imported, None where it can.
LIBRARIES: Mapping[str, Optional[str]] = {"pyvmomi": pyvmomi_library.MISSING, "cryptography": x509_library.MISSING}


@dataclass
class Result:
    """What a module returns. failure is set where it fails although it has results to show."""

    changed: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    diff: Optional[list[dict[str, Any]]] = None
    failure: Optional[str] = None
    warnings: list[str] = field(default_factory=list)


# How long things may take: a request, a host, a whole task. A module has those that it has something for.
TIMEOUTS = ("request_timeout_seconds", "host_timeout_seconds", "timeout_seconds")


def whole_spec(argument_spec: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """A module's own options with those that every module has: the connection."""
    return {**CONNECTION_SPEC, **argument_spec}


@dataclass(frozen=True)
class Definition:
    """What a module is made of.

    check looks at the options before any network and raises InputError.
    work is given the vCenter, the options, whether it is check mode, and whom to tell of its progress; it raises CertopsError.
    constraints hold of the options together, by the names that AnsibleModule has for them (required_if and the like).
    """

    argument_spec: Mapping[str, Mapping[str, Any]]
    work: Callable[[VSphere, Mapping[str, Any], bool, Tell], Result]
    check: Optional[Callable[[Mapping[str, Any]], None]] = None
    constraints: Mapping[str, Any] = field(default_factory=dict)

    @property
    def whole_spec(self) -> dict[str, Mapping[str, Any]]:
        """Its own options with those that every module has."""
        return whole_spec(self.argument_spec)


@dataclass
class Answer:
    """What is to be returned. failure is set where the task fails; the values are shown all the same.

    traces: the tracebacks of exceptions that nobody foresaw, for -vvv.
    """

    values: dict[str, Any]
    warnings: list[str] = field(default_factory=list)
    failure: Optional[str] = None
    traces: list[str] = field(default_factory=list)


# Under this name a module hands them to its action, which shows them; from this verbosity of Ansible's on.
TRACEBACKS = "tracebacks"
TRACEBACK_VERBOSITY = 3


def run(definition: Definition) -> None:
    """Run a module in a process of its own, as Ansible starts it."""
    module = AnsibleModule(argument_spec=definition.whole_spec, supports_check_mode=True, **definition.constraints)
    _require_libraries(module)
    tell = to_file(os.environ.get(FILE_VARIABLE))
    answer = carry_out(definition, module.params, module.no_log_values, check_mode=module.check_mode, diff=module._diff, tell=tell)
    for warning in answer.warnings:
        module.warn(warning)
    if answer.traces and module._verbosity >= TRACEBACK_VERBOSITY:
        answer.values[TRACEBACKS] = answer.traces
    if answer.failure is not None:
        module.fail_json(msg=answer.failure, **answer.values)
    module.exit_json(**answer.values)


def carry_out(
    definition: Definition, options: Mapping[str, Any], secrets: set[str], *, check_mode: bool, diff: bool, tell: Tell
) -> Answer:
    """Do what a module is for, with options that were validated, in one session.

    secrets: what must not be shown; a private key among the options is added to it. Whoever shows the answer takes it out of that.
    """
    # Nothing asks for a private key; where one is given by mistake, it must not be printed with the other options.
    secrets.update(text for text in _texts(options) if holds_private_key(text))
    secrets.update(_accounts_in_names(options))
    # What an exception that nobody foresaw says may have them in another spelling.
    secrets.update(spelt(options, secrets))
    retries = 0
    journals: list[Journal] = []

    def work() -> Result:
        nonlocal retries
        if definition.check is not None:
            definition.check(options)
        connection = connection_from(options)
        try:
            with VSphereSession(connection) as session:
                found = definition.work(SessionPort(session), options, check_mode, tell)
                retries = session.retries
        finally:
            journals.extend(filter(None, [vars(connection).get("journal")]))
        return found

    with Traces() as traces:
        try:
            result = foreseen(f"this task on {options['hostname']}", work, consequence=UNTOLD)
        except CertopsError as error:
            return Answer({"error_code": error.code}, _incomplete(journals), failure=str(error), traces=traces)
    warnings = [*result.warnings, *unread_proxy(options), *_incomplete(journals)]
    if retries:
        warnings.append(f"{retries} call(s) to {options['hostname']} failed with transient errors and were retried")
    values = dict(result.values, changed=result.changed)
    if result.diff is not None and diff:
        values["diff"] = result.diff
    return Answer(values, warnings, result.failure, traces)


def _incomplete(journals: Sequence[Journal]) -> list[str]:
    """A warning where the journal has not all of what was asked: the task went on."""
    return [f"the journal {one.path} is incomplete: {one.problem}" for one in journals if one.problem is not None]


UNTOLD = "What it had done by then is not known: see the vCenter's recent tasks before running again."


def spellings(username: Optional[str], secret: str) -> set[str]:
    """The other ways in which a secret of an account stands in text: as Python, XML, a url and HTTP's basic authentication write it."""
    basic = base64.b64encode(f"{username}:{secret}".encode(errors="replace")).decode("ascii")
    url = quote(secret, safe="", errors="replace")
    return {repr(secret)[1:-1], json.dumps(secret)[1:-1], escape(secret), url, basic} - {"", secret}


def spelt(options: Mapping[str, Any], secrets: set[str]) -> set[str]:
    """The secrets among the options in their other spellings, each with either account: the vCenter's and the proxy's."""
    accounts = (options["username"], options["proxy_username"])
    return {text for secret in secrets for username in accounts for text in spellings(username, secret)}


def _accounts_in_names(options: Mapping[str, Any]) -> set[str]:
    """What stands before an @ in a name of a host: no name has one, and it is not to be shown with the other options."""
    names = [str(options.get(name) or "") for name in ("hostname", "proxy_host")]
    return {secret for name in names if "@" in name for secret in (name, name.rpartition("@")[0].rpartition("//")[2]) if secret}


def unread_proxy(options: Mapping[str, Any]) -> list[str]:
    """A warning where the environment has a proxy for the vCenter that nobody asks: Ansible shows the same warning once a run."""
    if options.get("proxy_host"):
        return []
    found = [name for name in ("https", "all") if getproxies_environment().get(name)]
    if not found or proxy_bypass(str(options.get("hostname") or "")):
        return []
    return [
        f"{found[0].upper()}_PROXY of the environment is not read: vCenters are reached directly. A proxy is given by the option proxy_host"
        " (certops_vcenter_proxy_host) or by VMWARE_PROXY_HOST; NO_PROXY ends this warning."
    ]


def without(secrets: set[str], value: Any) -> Any:
    """A value without what must not be shown.

    remove_values looks at each value in it, 20,000 for 250 hosts. As one text they are searched in a tenth of that time, and hardly
    ever is a secret found: JSON writes one character after another, so that a secret stands in it as it is written by itself.
    """
    written = json.dumps(value)
    return remove_values(value, secrets) if any(json.dumps(secret)[1:-1] in written for secret in secrets) else value


def connection_from(options: Mapping[str, Any]) -> Connection:
    """How the vCenter is reached, from the options of CONNECTION_SPEC and those of TIMEOUTS that there are."""
    return Connection(
        hostname=options["hostname"] or "",
        username=options["username"] or "",
        password=options["password"] or "",
        port=options["port"],
        validate_certs=options["validate_certs"],
        ca_path=options["ca_path"],
        proxy_host=options["proxy_host"],
        proxy_port=options["proxy_port"],
        proxy_username=options["proxy_username"],
        proxy_password=options["proxy_password"],
        journal_path=options["journal"],
        timeouts={name: options[name] for name in TIMEOUTS if options.get(name) is not None},
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
            told = messages.LIBRARY_MISSING(library=library, python=sys.executable, reason=problem, requirement=library)
            module.fail_json(msg=str(told), error_code=told.code, exception=problem)
