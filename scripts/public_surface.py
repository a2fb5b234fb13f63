#!/usr/bin/env python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show every name that somebody outside may rely on, on one page: public_surface.py.

Read from where each is declared: argument specs, documentation and return values of plugins, what becomes a fact, the schema of the report.
"""

from __future__ import annotations

import ast
import importlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import list_messages
import yaml

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = ROOT / "plugins"
sys.path.append(str(ROOT / "playbooks" / "collections"))

from ansible_collections.certops.vsphere.plugins.module_utils._deciding.blocker import OWNER_OF  # noqa: E402
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy  # noqa: E402
from ansible_collections.certops.vsphere.plugins.module_utils._inventory.group_names import WITH_VCENTERS  # noqa: E402
from ansible_collections.certops.vsphere.plugins.module_utils._inventory.inventory import ALWAYS, VARIABLES  # noqa: E402
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_pattern import PATTERNS  # noqa: E402
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet_csv, fleet_metrics, outcome  # noqa: E402
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input import known  # noqa: E402

COLLECTION = "certops.vsphere"
PACKAGE = f"ansible_collections.{COLLECTION}.plugins"
PLAYBOOKS = ("audit", "renew_iofilter", "rehearse", "demo")
# What roles consist of: they take the roles' variables, hand on what one task has for another, and change as the roles do.
OF_ROLES = (
    *("check_input", "guard_vcenter", "plan_vcenter", "rehearse", "report_fleet", "report_vcenter", "run_vcenter"),
    *("take_signed", "take_step"),
)
# What becomes facts, a plan or a result, by the files and classes that make it.
STRUCTURES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "What `cert_expiry_facts` leaves in `ansible_facts.certops`": {
        "_estate/estate.py": ("Estate", "VCenter", "CertificateSettings", "EsxiHost", "Served", "Unavailable"),
        "_estate/host_service.py": ("HostService",),
        "_estate/alarm.py": ("Alarm",),
        "_estate/provider.py": ("Provider",),
        "_estate/sms_trust.py": ("SmsTrust",),
        "_estate/cluster.py": ("Cluster", "VmRestart"),
        "_estate/vsan.py": ("VsanHealth",),
        "_estate/client_certificate.py": ("ClientCertificate",),
        "_certificates/certificate.py": ("Certificate",),
    },
    "What `certops_plan` is": {
        "_deciding/plan.py": ("Plan", "HostPlan"),
        "_deciding/turn.py": ("Turn",),
        "_vcenter/own_certificates.py": ("OwnCertificate",),
        "_deciding/blocker.py": ("Blocker",),
    },
    "What a step leaves of a host or a provider, in `hosts` of a module and in `certops_results`": {
        "_estate/step_result.py": ("StepResult",),
        "_operations/regenerate_on_host.py": ("HostOutcome",),
        "_operations/request_certificate.py": ("Requested",),
        "_operations/install_certificate.py": ("Installed",),
        "_operations/orphans.py": ("OrphanResult",),
        "_operations/trust_repair.py": ("Repaired",),
        "_storage/others.py": ("OthersOutcome",),
    },
    "What `sps_log_info` finds": {"_logs/log_findings.py": ("Finding",)},
}

HEAD = """# The public surface

Every name that others may rely on. `make pages` writes this page from the code; a test fails where the two differ.

- Versions are [semantic](https://semver.org). Before 1.0.0 a name may change or go in a release whose changelog says so under *Breaking Changes*;
  from 1.0.0 on it is deprecated first, and goes in a major version only.
- `schema_version` (report, facts, plan) rises when a key goes or changes its meaning; new keys come without. Codes of errors and blockers stay when
  words change.
- All else is private: `plugins/module_utils`, `plugins/plugin_utils`, `__certops_*`, other task files, the modules of roles, words of messages,
  the look of table and page, the simulator.

An option is written `name:type=default{choices}`, with `!` if required, `[type]` for a list and its aliases after commas; a value that is returned `name:type`.
"""


def page() -> str:
    """The page, in Markdown."""
    return "\n".join(
        [HEAD, *_playbooks(), *_roles(), *_modules(), *_filters(), *_inventory(), *_structures(), *_report(), *_codes()]
    )


def _playbooks() -> Iterator[str]:
    yield "## Playbooks\n"
    yield from _bullets(f"`{COLLECTION}.{name}`" for name in PLAYBOOKS)


def _roles() -> Iterator[str]:
    yield "## Roles and their variables\n"
    takers: dict[str, list[str]] = {}
    options: dict[str, Mapping[str, Any]] = {}
    points = []
    for path in sorted(ROOT.glob("roles/*/meta/argument_specs.yml")):
        role = path.parents[1].name
        for point, spec in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].items():
            points.append(f"`{COLLECTION}.{role}`" + ("" if point == "main" else f" with `tasks_from: {point}`"))
            for name, option in (spec.get("options") or {}).items():
                options.setdefault(name, option)
                if role not in takers.setdefault(name, []):
                    takers[name].append(role)
    yield from _bullets(points)
    by_takers: dict[str, list[str]] = {}
    for name, option in options.items():
        by_takers.setdefault(", ".join(takers[name]), []).extend(_options({name: option}))
    yield from _bullets(f"of {roles}: {' '.join(found)}" for roles, found in by_takers.items())
    listed = known.known_variables()
    yield "Besides:\n"
    yield from _bullets(
        [
            f"on ESXi hosts of the inventory: {_names(known.OF_ESXI_HOSTS)}",
            f"set by roles: {_names(listed.own - set(listed.options) - known.OF_A_SIGNING_ROLE)}",
            f"left to the next job: `{known.OUTCOME}NAME`, with {_names(outcome.build({}, 'NAME'), in_order=True)}",
            f"of a role that signs: {_names(known.OF_A_SIGNING_ROLE)}",
            f"of the rulebook: {_names(known.OF_THE_RULEBOOK)}",
            f"of the playbook rehearse: {_names(known.OF_THE_REHEARSAL)}",
        ]
    )


def _modules() -> Iterator[str]:
    yield "## Modules\n"
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]
    for group, members in groups.items():
        yield f"The group `{COLLECTION}.{group}` of `module_defaults` is for {_names(members)}. Their connection:\n"
    connection = _fragment("certops.vsphere.connection")
    yield f"{' '.join(_options(connection))}\n"
    for path in sorted((PLUGINS / "modules").glob("*.py")):
        if path.stem not in OF_ROLES:
            yield f"### The module {path.stem}\n"
            module = importlib.import_module(f"{PACKAGE}.modules.{path.stem}")
            yield from _documented(yaml.safe_load(module.DOCUMENTATION), yaml.safe_load(module.RETURN), connection)


def _filters() -> Iterator[str]:
    yield "## Filters\n"
    for path in sorted((PLUGINS / "filter").glob("*.yml")):
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
        yield f"### The filter {path.stem}\n"
        if text["DOCUMENTATION"].get("positional"):
            yield f"In this order: `{text['DOCUMENTATION']['positional']}`.\n"
        yield from _documented(text["DOCUMENTATION"], text["RETURN"], {})
    yield f"Keys of a policy, here and in the inventory plugin: {_names((one.name for one in fields(Policy)), in_order=True)}.\n"


def _inventory() -> Iterator[str]:
    yield "## The inventory plugin estate\n"
    connection = _fragment("certops.vsphere.connection")
    module = importlib.import_module(f"{PACKAGE}.inventory.estate")
    yield "Beside these it takes the connection, and what `ansible.builtin.constructed` and `ansible.builtin.inventory_cache` document.\n"
    yield from _documented(yaml.safe_load(module.DOCUMENTATION), {}, connection)
    yield from _bullets(
        [
            f"groups: {_names(ALWAYS, in_order=True)}, one for each vCenter, datacenter and cluster,"
            f" and with `{WITH_VCENTERS}` behind a name the one that has the vCenters too",
            f"variables: {_names(VARIABLES)}",
        ]
    )


def _structures() -> Iterator[str]:
    yield "## Facts, plan, results\n"
    for title, files in STRUCTURES.items():
        yield f"### {title}\n"
        yield from _bullets(
            f"{name}: {_names(_keys(PLUGINS / 'module_utils' / file, name), in_order=True)}"
            for file, found in files.items()
            for name in found
        )


def _report() -> Iterator[str]:
    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
    yield "## The report\n"
    yield "`report.json`, as [its schema](../report.schema.json) has it, and what is in it:\n"
    parts = {"report": schema, **schema["$defs"]}
    yield from _bullets(
        f"{name}: {_names(part['properties'], in_order=True)}" for name, part in parts.items() if "properties" in part
    )
    yield from _bullets(
        f"values of {name}: {_names(part['enum'], in_order=True)}" for name, part in parts.items() if "enum" in part
    )
    yield f"Columns of `report.csv`: {_names(fleet_csv.COLUMNS, in_order=True)}.\n"
    metrics = _names(fleet_metrics.METRICS, in_order=True)
    yield f"Metrics of `certops.prom`, each with `{fleet_metrics.PREFIX}` before it: {metrics}.\n"


def _codes() -> Iterator[str]:
    yield "## Codes\n"
    yield f"Of blockers, which [messages.md](../messages.md) explains: {_names(OWNER_OF)}.\n"
    yield f"Of patterns of logs: {_names(one.name for one in PATTERNS)}.\n"
    yield "Of errors (`error_code`), each with its sentence and its remedy on [the page of errors](../errors.md):\n"
    yield from _bullets(
        f"{subject.title.rstrip('.')}: {_names(message.code for message in subject.messages)}"
        for subject in list_messages.subjects()
    )


def _documented(documentation: Mapping[str, Any], returned: Mapping[str, Any], connection: Mapping[str, Any]) -> Iterator[str]:
    """The options of a plugin, those of our fragments included and the connection left out, and what it returns."""
    options: dict[str, Any] = {}
    for name in documentation.get("extends_documentation_fragment") or ():
        options.update(_fragment(name) if name.startswith(COLLECTION) else {})
    options.update(documentation.get("options") or {})
    if own := list(_options({name: option for name, option in options.items() if name not in connection})):
        yield f"{' '.join(own)}\n"
    if returned:
        yield f"Returns {' '.join(_returned(returned))}\n"


def _fragment(name: str) -> Mapping[str, Any]:
    """The options of a documentation fragment of ours."""
    stem, _point, part = name.removeprefix(f"{COLLECTION}.").partition(".")
    fragment = importlib.import_module(f"{PACKAGE}.doc_fragments.{stem}").ModuleDocFragment
    options: Mapping[str, Any] = yaml.safe_load(getattr(fragment, (part or "documentation").upper())).get("options") or {}
    return options


def _returned(values: Mapping[str, Any], within: str = "") -> Iterator[str]:
    for name, value in values.items():
        yield f"`{within}{name}:{value['type']}`"
        # What stands in these is told once, by what makes it: under "Facts, plan, results".
        if name not in ("ansible_facts", "hosts"):
            yield from _returned(value.get("contains") or {}, f"{within}{name}.")


def _options(options: Mapping[str, Mapping[str, Any]], within: str = "") -> Iterator[str]:
    """Options, each followed by those below it."""
    for name, option in options.items():
        kind = f"[{option['elements']}]" if "elements" in option else option.get("type", "str")
        default = (
            f"={json.dumps(option['default'], separators=(',', ':'))}"
            if "default" in option
            else "!"
            if option.get("required")
            else ""
        )
        choices = f"{{{','.join(map(str, option['choices']))}}}" if option.get("choices") else ""
        yield f"`{','.join([within + name, *option.get('aliases', ())])}:{kind}{default}{choices}`"
        yield from _options(option.get("options") or option.get("suboptions") or {}, f"{name}.")


def _keys(path: Path, name: str) -> list[str]:
    """The keys of what to_facts of a class returns, in their order; what it takes over from a host's result is told there."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return [
                key.value
                for part in ast.walk(next(one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "to_facts"))
                if isinstance(part, ast.Return) and isinstance(part.value, ast.Dict)
                for key in part.value.keys
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
    raise LookupError(f"{path} has no class {name}")


def _names(given: Iterable[str], *, in_order: bool = False) -> str:
    return ", ".join(f"`{name}`" for name in (given if in_order else sorted(given)))


def _bullets(lines: Iterable[str]) -> Iterator[str]:
    yield from (f"- {line}" for line in lines)
    yield ""


if __name__ == "__main__":
    print(page(), end="")
