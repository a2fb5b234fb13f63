# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A variable of a role that becomes an option of a module is declared as the option is."""

from __future__ import annotations

from typing import Any, Mapping

import pytest
from ansible_collections.certops.vsphere.plugins.modules import esxi_cert_regenerate_cli
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.step_work import CLI_VARIABLES, WORKS
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.step import INSTALLING, REQUESTING
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.known import known_variables

DECLARED = ("type", "elements", "choices", "default")
# The module by itself leaves a host's SSH as it is.
DIFFERENT = {"certops_cli_switch_ssh"}
STEPS: list[tuple[Mapping[str, Any], Mapping[str, str]]] = [
    *((work.definition.argument_spec, work.variables) for work in (*WORKS.values(), REQUESTING, INSTALLING)),
    (esxi_cert_regenerate_cli.SPEC, CLI_VARIABLES),
]


@pytest.mark.parametrize(("spec", "variables"), STEPS)
def test_a_variable_is_declared_as_the_option_that_it_gives(spec: Mapping[str, Any], variables: Mapping[str, str]) -> None:
    options = known_variables().options
    for option, variable in variables.items():
        if variable not in DIFFERENT:
            told = {key: spec[option].get(key) for key in DECLARED}
            assert {key: options[variable].get(key) for key in DECLARED} == told, variable
