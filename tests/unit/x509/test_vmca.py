# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificate is VMCA's own: a trusted root, or that of a subordinate CA, by the witnesses that there are."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import parse
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.vmca import find_vmca_root
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost, Served
from ansible_collections.certops.vsphere.plugins.module_utils._operations.issuing import Issuing
from ansible_collections.certops.vsphere.tests.unit.certificates import authority, make, parsed
from ansible_collections.certops.vsphere.tests.unit.shapes import every_shape

VMCA = authority("VMCA", number=1)
CUSTOM = authority("Customer CA", number=3)
LEAF = parsed(make(issuer=VMCA))


ROOTS = [VMCA.certificate, CUSTOM.certificate]
BY_VMCA = LEAF
BY_CUSTOM = parsed(make(issuer=CUSTOM))
STRANGER = parsed(make())


@pytest.mark.parametrize(
    ("hosts", "chain", "found"),
    [
        ([BY_VMCA], [], VMCA),
        ([BY_VMCA, BY_VMCA, BY_CUSTOM], [], VMCA),
        ([BY_VMCA, BY_CUSTOM], [], None),
        ([], [], None),
        ([STRANGER], [], None),
        ([BY_VMCA], [BY_VMCA], VMCA),
        ([BY_VMCA], [parsed(make("signing", issuer=VMCA)), VMCA.certificate], VMCA),
        ([], [VMCA.certificate], VMCA),
        ([STRANGER], [BY_VMCA], VMCA),
        ([BY_CUSTOM, BY_CUSTOM, BY_VMCA], [BY_VMCA], VMCA),
        ([BY_CUSTOM], [BY_VMCA], None),
        ([BY_CUSTOM, BY_VMCA], [BY_VMCA, BY_CUSTOM], None),
        ([], [BY_VMCA, BY_CUSTOM], None),
        ([BY_VMCA], [STRANGER], VMCA),
    ],
)
def test_vmcas_root_is_found_where_the_witnesses_agree(hosts: Any, chain: Any, found: Any) -> None:
    assert find_vmca_root(ROOTS, hosts, chain) == (found and found.certificate)


@pytest.mark.parametrize("roots", [None, []])
def test_without_roots_there_is_no_vmca_root(roots: Any) -> None:
    assert find_vmca_root(roots, [BY_VMCA], [BY_VMCA]) is None


def test_where_the_roots_are_not_complete_the_hosts_alone_do_not_tell_vmcas() -> None:
    roots = [VMCA.certificate, CUSTOM.certificate]
    hosts = [parsed(make(issuer=CUSTOM))]
    assert find_vmca_root(roots, hosts, []) == CUSTOM.certificate
    assert find_vmca_root(roots, hosts, [], complete=False) is None
    # What VMCA issued for vCenter itself tells, whatever is missing.
    assert find_vmca_root(roots, [LEAF], [parsed(make(issuer=VMCA))], complete=False) == VMCA.certificate


# VMCA below a CA of the site's, and a CA between the two.
BETWEEN = authority("Site Issuing CA", number=5, issuer=CUSTOM)
BELOW = authority("VMCA", number=6, issuer=CUSTOM)
FAR_BELOW = authority("VMCA", number=7, issuer=BETWEEN)
BY_BELOW = parsed(make(issuer=BELOW))
SIGNING = [parsed(make("ssoserverSign", issuer=BELOW, names=())), BELOW.certificate, CUSTOM.certificate]
FAR = [parsed(make("ssoserverSign", issuer=FAR_BELOW, names=())), FAR_BELOW.certificate, BETWEEN.certificate]


@pytest.mark.parametrize(
    ("roots", "hosts", "chain", "found"),
    [
        ([CUSTOM], [BY_BELOW], SIGNING, BELOW),
        ([CUSTOM], [], SIGNING, BELOW),
        ([CUSTOM], [STRANGER], list(reversed(SIGNING)), BELOW),
        ([CUSTOM], [BY_BELOW, BY_CUSTOM], SIGNING, BELOW),
        # The site's CA issued the hosts' certificates itself.
        ([CUSTOM], [BY_CUSTOM], SIGNING, None),
        ([CUSTOM], [], FAR, FAR_BELOW),
        ([CUSTOM, BETWEEN], [], FAR, FAR_BELOW),
        ([CUSTOM, BELOW], [BY_BELOW], SIGNING, BELOW),
        ([BELOW], [BY_BELOW], SIGNING, BELOW),
        # Nothing of the chain is trusted: a customer replaced the token-signing certificate.
        ([VMCA], [LEAF], SIGNING, VMCA),
        ([CUSTOM], [], [BELOW.certificate], CUSTOM),
    ],
)
def test_a_subordinate_vmca_is_found_by_the_signing_chain(roots: Any, hosts: Any, chain: Any, found: Any) -> None:
    assert find_vmca_root([one.certificate for one in roots], hosts, chain) == (found and found.certificate)


def test_where_the_roots_are_not_complete_a_subordinate_vmca_may_be_among_those_that_are_missing() -> None:
    assert find_vmca_root([CUSTOM.certificate], [BY_BELOW], SIGNING, complete=False) == CUSTOM.certificate


SHAPES = {one.name: one for one in every_shape() if one.name.startswith("subordinate VMCA")}
SERVED = SHAPES["subordinate VMCA, its root trusted, served"]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_what_a_subordinate_vmca_issued_is_vmcas_and_whoever_would_not_believe_it_is_named(shape: Any) -> None:
    leaf, roots = parse(shape.chain[0]), [parse(one) for one in shape.roots]
    signing = [leaf, parse(SERVED.chain[1]), parse(SERVED.roots[0])]
    issuing = Issuing(None, roots, find_vmca_root(roots, [leaf], signing))
    served = Served(leaf, root="AA:BB" if shape.openssl == "ok" else None)
    host = issuing.with_issuer(EsxiHost("h", "1", certificate=leaf, served=served))
    assert host.issuer == "vmca"
    assert (host.issuer_problem is None) == (shape.openssl == shape.java == "ok")


def test_what_a_host_made_itself_waits_for_a_vmca_that_is_trusted() -> None:
    issuing = Issuing(None, [CUSTOM.certificate], BELOW.certificate)
    host = issuing.with_issuer(EsxiHost("h", "1", certificate=parsed(make())))
    assert host.issuer == "self_signed"
    assert host.issuer_problem == (
        "VMCA is a subordinate CA, and its own certificate (CN=VMCA,O=Example, as vCenter's token-signing chain shows) is missing among the"
        " trusted roots, which have only a CA above it (CN=Customer CA,O=Example)"
    )
