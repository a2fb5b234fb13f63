# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps on ESXi hosts"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import CertopsError, DeadlineExceeded, InputError, NotOffered

PRIVATE_KEY_GIVEN = ErrorMessage(
    InputError,
    code="private_key_given",
    sentence="What was given as the {document} of {esxi_host} holds a private key",
    remedy="Give the {document} alone: a private key never leaves its host.",
)
REQUEST_NOT_GIVEN = ErrorMessage(
    InputError,
    code="request_not_given",
    sentence="The certificate of {esxi_host} was given without the request that it is for",
    remedy="Give the host's csr_pem in requests.",
)
GIVEN_REQUEST_UNUSABLE = ErrorMessage(
    InputError,
    code="given_request_unusable",
    sentence="The request that was given for {esxi_host} cannot be used: {problem}",
    remedy="Give csr_pem as esxi_cert_request returned it.",
)
CERTIFICATE_NOT_GIVEN = ErrorMessage(
    InputError,
    code="certificate_not_given",
    sentence="No certificate was given for {esxi_host}",
    remedy="Name only hosts in esxi_hosts that certificates has one for.",
)
ISSUED_CERTIFICATE_UNFIT = ErrorMessage(
    CertopsError,
    code="issued_certificate_unfit",
    sentence="The certificate that was signed for {esxi_host} was not installed, because {problems}",
    remedy="Nothing was changed on the host. Check what your CA, or its profile, does with a request, and run again.",
)
INSTALLED_CERTIFICATE_NOT_SHOWN = ErrorMessage(
    CertopsError,
    code="installed_certificate_not_shown",
    sentence="{esxi_host} took its new certificate without a fault, but neither vCenter nor its port 443 shows it",
    remedy="Look at the host's certificate in vCenter, and at the network path from this controller to its port 443.",
)
VMCA_ROOT_UNKNOWN = ErrorMessage(
    InputError,
    code="vmca_root_unknown",
    sentence="{vcenter} has no trusted root with the fingerprint {fingerprint} (certops_vmca_root_fingerprint)",
    remedy="Give the SHA-256 fingerprint of VMCA's root as vCenter's certificate management shows it.",
)
VMCA_ROOT_AMONG_UNREADABLE = ErrorMessage(
    InputError,
    code="vmca_root_among_unreadable",
    sentence=(
        "{vcenter} has no trusted root with the fingerprint {fingerprint} (certops_vmca_root_fingerprint); {unreadable_roots} could"
        " not be read"
    ),
    remedy="Give the SHA-256 fingerprint of VMCA's root as vCenter's certificate management shows it.",
)
VMCA_ROOT_NOT_PUBLISHED = ErrorMessage(
    InputError,
    code="vmca_root_not_published",
    sentence=(
        "The trusted roots of {vcenter} cannot be read, and the CA certificates that it publishes (/afd/vecs/ca) are not the one with the"
        " fingerprint {fingerprint} (certops_vmca_root_fingerprint) but {published}"
    ),
    remedy="Compare them with VMCA's root in vCenter's certificate management, and give the SHA-256 fingerprint that is shown there.",
)
ROOTS_NOT_WITNESSED = ErrorMessage(
    NotOffered,
    code="roots_not_witnessed",
    sentence=(
        "The trusted roots of {vcenter} cannot be read, and of the CA certificates that it publishes (/afd/vecs/ca) none is trusted by {wanted}"
        " of its hosts that were asked but by {witnesses}: {problem}"
    ),
    remedy="Name VMCA's root by its SHA-256 fingerprint in certops_vmca_root_fingerprint, or update the vCenter to 6.7 U2 or newer.",
)
PROVIDERS_UNREADABLE = ErrorMessage(
    CertopsError,
    code="providers_unreadable",
    sentence="None of the storage providers of {vcenter} can be read: {reason}",
    remedy="Look into sps.log on the vCenter for why SMS does not report them, and run again when it does.",
)
ORPHAN_ALIVE = ErrorMessage(
    CertopsError,
    code="orphan_alive",
    sentence="{provider} was not removed, because {sign_of_life}",
    remedy="See in vCenter whose it is: it may be of a host that this account may not see.",
)
ORPHAN_NOT_REACHED = ErrorMessage(
    DeadlineExceeded,
    code="orphan_not_reached",
    sentence="{provider} was not removed, because removing those before it took {seconds:g} seconds",
    remedy="Run again, or raise timeout_seconds.",
)
EXPECTED_CERTIFICATE_HAS_KEY = ErrorMessage(
    InputError,
    code="expected_certificate_has_key",
    sentence="What was given as the certificate of {esxi_host} holds a private key",
    remedy="Give the certificate alone: a private key never leaves its host.",
)
EXPECTED_CERTIFICATE_UNUSABLE = ErrorMessage(
    InputError,
    code="expected_certificate_unusable",
    sentence="The certificate that was given for {esxi_host} cannot be used: {problem}",
    remedy="Give a PEM, or the SHA-1 thumbprint of the certificate.",
)
CLUSTER_WITHOUT_ROOM = ErrorMessage(
    CertopsError,
    code="cluster_without_room",
    sentence="{esxi_host} was not disconnected, because {reason}",
    remedy="Bring {esxi_hosts_away} back and run again, or allow more with certops_per_cluster (the option per_cluster).",
)
HOST_SHOWS_ANOTHER_CERTIFICATE = ErrorMessage(
    CertopsError,
    code="host_shows_another_certificate",
    sentence=(
        "{esxi_host} was not touched, because it shows the certificate {shown_thumbprint} (SHA-1) on port {port}, and"
        " {expected_thumbprint} is the one that {origin}"
    ),
    remedy="Nothing was accepted. Find out who answers at the host's address, or which certificate the host should have.",
)
RECONNECTED_WITH_ANOTHER_CERTIFICATE = ErrorMessage(
    CertopsError,
    code="reconnected_with_another_certificate",
    sentence=(
        "{esxi_host} was reconnected, but vCenter now has the certificate {recorded} on record, and {expected} is the one that"
        " {origin}: {problems}"
    ),
    remedy=(
        "vCenter takes a host back with whatever a CA that it trusts signed. Find out who answers at the host's address and who"
        " had that certificate issued. If it is the host's own, run again: it is what is expected then."
    ),
)
CASTORE_UNREADABLE = ErrorMessage(
    CertopsError,
    code="castore_unreadable",
    sentence="The list of trusted CAs of {esxi_host} was not touched, because an entry of it cannot be read: {problem}",
    remedy=(
        "Look at /etc/vmware/ssl/castore.pem on the host: one that is malformed keeps hostd from starting at the next boot (KB 367381)."
    ),
)
CASTORE_NOT_COMPLETED = ErrorMessage(
    CertopsError,
    code="castore_not_completed",
    sentence="{esxi_host} took its list of trusted CAs without a fault, but it still lacks {missing}",
    remedy="Both lists as they were before are in the result (backup): compare them with /etc/vmware/ssl/castore.pem on the host.",
)
HOST_REMOVED_BEFORE_RECONNECT = ErrorMessage(
    CertopsError,
    code="host_removed_before_reconnect",
    sentence="{esxi_host} was removed from {vcenter} before it was reconnected",
    remedy="Nothing further was done to it. Run again, and take it out of the inventory if it is gone for good.",
)
NEW_CERTIFICATE_UNSOUND = ErrorMessage(
    CertopsError,
    code="new_certificate_unsound",
    sentence="The new certificate of {esxi_host} is not sound: {problems}",
    remedy="Look at vCenter's certificate settings and at VMCA before renewing more hosts.",
)
CERTIFICATE_MODE_NOT_CUSTOM = ErrorMessage(
    CertopsError,
    code="certificate_mode_not_custom",
    sentence=(
        "No host of {vcenter} was touched, because the vCenter is {mode}, and a certificate of your CA is for those in mode custom"
    ),
    remedy=(
        "Set vpxd.certmgmt.mode to custom if your CA is to issue its hosts' certificates, or renew them with esxi_cert_regenerate."
    ),
)
INSTALLED_CERTIFICATE_NOT_SERVED = ErrorMessage(
    CertopsError,
    code="installed_certificate_not_served",
    sentence="The new certificate of {esxi_host} was installed, and the host goes on serving another on port 443",
    remedy="Restart the host's services (hostd, or the host itself), and run again.",
)
CERTIFICATE_REQUEST_UNUSABLE = ErrorMessage(
    CertopsError,
    code="certificate_request_unusable",
    sentence="The certificate request of {esxi_host} cannot be used: {problem}",
    remedy="Look at hostd.log on the host, and run again.",
)
CERTIFICATE_REQUEST_UNFIT = ErrorMessage(
    CertopsError,
    code="certificate_request_unfit",
    sentence="The certificate request of {esxi_host} was not handed on, because {problem}",
    remedy=(
        "Give the host that name (esxcli system hostname set --fqdn=...), or have vCenter know it by the name that it has, and"
        " run again."
    ),
)
HOST_NOT_CONNECTED = ErrorMessage(
    DeadlineExceeded,
    code="host_not_connected",
    sentence="vCenter reported that {esxi_host} was reconnected, but it was not connected within {seconds:g} seconds",
    remedy="Look at the host in vCenter: it is disconnected until it is connected again there.",
)
NEW_CERTIFICATE_NOT_SEEN = ErrorMessage(
    DeadlineExceeded,
    code="new_certificate_not_seen",
    sentence="vCenter reported that {esxi_host} was renewed, but no new certificate appeared within {seconds:g} seconds",
    remedy="Nothing was renewed as far as can be read: look at the host's certificate in vCenter.",
)
CERTIFICATE_REPLACED_BY_OTHERS_UNSOUND = ErrorMessage(
    CertopsError,
    code="certificate_replaced_by_others_unsound",
    sentence="The certificate of {esxi_host} was replaced by somebody else meanwhile, and the new one is not sound: {problems}",
    remedy="See in vCenter's recent tasks who did, and run again.",
)
