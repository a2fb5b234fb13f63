# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is remarked on beside what was done: notes of a plan, of a step, of an inventory. None of it is a failure.

The page of errors lists them from here, each with what to do about it (scripts/list_messages.py).
"""

from __future__ import annotations

from typing import Mapping, NamedTuple, Sequence


class Notice(NamedTuple):
    """what: the sentence, what it is filled in with in braces. remedy: what the operator does about it."""

    what: str
    remedy: str

    def of(self, **filled_in: object) -> str:
        """The remark on something."""
        return self.what.format(**filled_in)


def few(names: Sequence[str], most: int = 3) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def of_others(changed: Sequence[Mapping[str, object]]) -> list[str]:
    """The remark on providers of others that a restart of SPS left as another thing; none where it left none."""
    changes = [f"{one['name']} ({one['before']}, now {one['after']})" for one in changed]
    return [OTHERS_CHANGED.of(number=len(changes), changes=few(changes, 10))] if changes else []


# Of a plan, and so of a report: its `warnings`.
DUPLICATE_PROVIDERS = Notice(
    "{esxi_host} has more than one provider; re-registering it removes the others ({uids})",
    "Nothing. To have one of them kept, unregister the others in vCenter's storage providers first.",
)
NO_ANSWER_YET = Notice(
    "{esxi_host} does not answer on port 9080 ({problem}): re-registering it will be refused until it does",
    "Before the run look at iofiltervpd on the host, at its firewall ruleset iofiltervp, at DNS, and at the network path from the controller.",
)
SERVES_ANOTHER = Notice(
    "{esxi_host} serves the wrong certificate on port 9080: {problems}",
    "Look at iofiltervpd on the host; disconnecting and reconnecting the host has it take up the certificate that it has.",
)
STATUS_UNKNOWN = Notice(
    "SMS shows a status for the provider of {esxi_host} that decides nothing: {status}",
    "Look at the provider in vCenter's storage providers. It is left as it is.",
)
SIGNED_WITH_SHA1 = Notice(
    "the certificate of {esxi_host} is signed with SHA-1, which an OpenSSL of vCenter's or of the controller's may refuse",
    "Have it renewed by a CA that signs with SHA-256.",
)
LOCKDOWN = Notice(
    "{esxi_host} is in {mode}, in which SSH lets only its exception users in",
    "Make the account that SSH logs in with an exception user of the host, or end lockdown mode for the run.",
)
SSH_LEFT_ON = Notice(
    "SSH runs on {esxi_host}, though vSphere never starts it there by itself (policy {policy})",
    "Stop the service TSM-SSH on the host: somebody started it, or a run that was ended left it on. If SSH is to run, have it start and stop with the"
    " host.",
)
NO_OTHER_WAY = Notice(
    "{esxi_host} has no fallback to its own CLI ({reason}): {missing}. {remedy}",
    "What the remark ends with, if vCenter should refuse to renew the host.",
)
ASLEEP = Notice(
    "{esxi_host} was passed over, because {reason}",
    "Power it on from standby in vCenter, keep DPM from putting it back for the while, and run again.",
)
NOT_KNOWN = Notice(
    "the inventory has an ESXi host {esxi_host} that {vcenter} does not know",
    "Correct its name, or the variable vcenter that it has, or take it out of the inventory.",
)
NOT_LOOKED_AT = Notice(
    "{unmatched}, as far as this run looks",
    "Correct the name, or take it out, unless it is a host of a vCenter that this run does not have or could not read. A run over all vCenters"
    " of the inventory fails for it before it changes anything.",
)
NOT_VERIFIED = Notice(
    "the certificate of {vcenter} itself was not verified (certops_vcenter_validate_certs is false): whoever can answer in its place reads the"
    " password, and may answer what they like",
    "Give the CA that issued vCenter's certificate as certops_vcenter_ca_path, and leave certops_vcenter_validate_certs at true.",
)
VCENTER_CERTIFICATE_ENDS = Notice(
    "{what} of {vcenter} {how}{uses}",
    "Renew it in vCenter (Administration, Certificate Management, or vCert): this collection renews no certificate of vCenter's own. After VMCA's root has"
    " been renewed, run with certops_force, so that hosts get certificates of the new one.",
)
RENEWS_BY_ITSELF = Notice(
    "{vcenter} renews VMCA certificates of ESXi hosts by itself {auto_renew_days} days before they expire (vpxd.certmgmt.certs.autoRenewThreshold)"
    "{first}",
    "Keep certops_renew_before_days above that number, so that a run renews hosts in your maintenance window first. A host that vCenter renewed by itself"
    " needs a run all the same: its provider may have to be registered again.",
)
NOT_READ = Notice(
    "could not read {what} of {subject}: {reason}",
    "What the reason ends with: mostly it is a privilege of the account. What depends on it is left out, or is named as blocked.",
)
SILENT = Notice(
    "port 9080 of {number} connected hosts ({esxi_hosts}) does not answer this controller, so what they serve was not checked",
    "Look at iofiltervpd and at the firewall ruleset iofiltervp of the hosts, at DNS, and at the network path from the controller. While vCenter"
    " says that a provider is online, it answers vCenter.",
)
SMS_TRUST_UNKNOWN = Notice(
    "it is not known whether {number} hosts whose providers are not online ({esxi_hosts}) trust SMS: {reason}",
    "Nothing, if their providers come back. If not, look into sps.log for certificate_unknown(46): then the host's list of trusted CAs lacks what SMS"
    " shows itself by (KB 402809).",
)
LACKS = Notice(
    "a run would need the privilege {privilege}, which this account does not have on {subjects}",
    "Nothing for an audit. Renew with an account whose role has it.",
)
RESTART_NOT_PROVEN = Notice(
    "it is not proven that the account may restart the storage profile service (SPS) of {vcenter}",
    "Nothing: check mode writes nothing. A run proves it before anything is changed, and stops where it cannot.",
)
NOT_IN_GROUP = Notice(
    "a run would have to restart the storage profile service (SPS) of {vcenter}, and this account is not in the SSO group whose members may, {group}",
    "Nothing for an audit. Renew with an account that is in the group.",
)
VSAN_CLUSTER = Notice(
    "{clusters} has vSAN, whose guide wants a host in maintenance mode before it is disconnected, while vCenter renews no certificate of a host in"
    " maintenance mode{state}",
    "Nothing, if each host may be away for a moment. With certops_vsan: require no host of it is begun before its objects are healthy and nothing is"
    " resynchronised.",
)
VSAN_WENT_ON = Notice(
    "went on though {problem}",
    "Look at Skyline Health and at Resyncing Objects of the cluster: the host had been begun, and half-way would have been worse.",
)
CLIENT_CERTIFICATE_ENDS = Notice(
    "the certificate by which {esxi_host} logs in to VASA providers {how}: vCenter, which renews it by itself, has not done so",
    "Look at vCenter's alarms on certificates, at vpxd.log and at sps.log: this collection renews no client certificates (KB 440183).",
)
SPS_DEGRADED = Notice(
    "the storage profile service (SPS) of {vcenter} is degraded",
    "Look at vmware-sps in the appliance's management interface, and into sps.log. The run goes on meanwhile.",
)
HA_MONITORS = Notice(
    "vSphere HA monitors the hosts of {clusters}: it may restart virtual machines of a host while its certificate is renewed (KB 390647)",
    "Nothing, if that may be. Else switch host monitoring of the clusters off for the time of the run (certops_ha: require_disabled holds the run to"
    " it), or have the run do it (suspend).",
)
HA_SUSPENDED = Notice(
    "host monitoring of {clusters} is switched off while certificates of its hosts are renewed, one cluster at a time, and on again after that",
    "Nothing. Until it is on again, a host that dies restarts no virtual machine; set certops_ha to warn where that may not be.",
)
HA_LEFT_OFF = Notice(
    "an earlier run left host monitoring of {cluster} switched off ({noted}); a run that may begin sets it to {wanted} again, unless the"
    " process that the note names is still at work",
    "Run again, or, where no other run is at work, switch it on in vCenter and empty the cluster's custom attribute.",
)
HA_UNKNOWN = Notice(
    "it is not known whether vSphere HA monitors the hosts of {clusters}",
    "Look at the clusters' vSphere Availability in vCenter.",
)
HA_RESTARTED = Notice(
    "vSphere HA restarted {number} virtual machines since the run began: {virtual_machines}",
    "Look at them, and at the events of their hosts. Whether the run was the cause the time of the event tells; certops_ha suspend keeps HA from it.",
)
HA_ILL = Notice(
    "the vSphere HA agents of {number} hosts ({esxi_hosts}) are not well: {states}",
    "Reconfigure HA on them in vCenter. A run does not wait for an agent that was ill before it.",
)
ALARM_RAISED = Notice(
    "vCenter raised the alarm {name} on {esxi_host} while the run went on ({status})",
    "Look at the host's alarms and events in vCenter. It need not be the run's doing.",
)
REPEATED = Notice(
    "{calls} calls to {vcenter} were retried after transient errors",
    "Nothing: the retries succeeded. If it happens in every run, look at the network, and at the load of the vCenter.",
)

# Of a step on a host: the `notes` of its result.
WAITED = Notice(
    "waited for {task}, which somebody else had started",
    "Nothing. Two runs for one vCenter at the same time gain nothing.",
)
SERVES_THE_OLD = Notice(
    "port {port} serves another certificate so far",
    "Nothing: the host takes up its certificate when it is reconnected, which comes next, and the run looks again at its end.",
)
NOT_ASKED = Notice(
    "port {port} cannot be asked from this controller",
    "Open the network path from the controller to that port, if what it serves is to be proven.",
)
RECORDED_LATER = Notice("vCenter has it on record when the host is reconnected", "Nothing: the reconnect comes next.")
REISSUED = Notice(
    "VMCA issued a new certificate while the host was reconnected: {issued}",
    "Nothing: in mode vmca a reconnect may do so. What SMS remembers is the one before it until the provider is re-registered.",
)
RECORD_NOT_COMPARED = Notice(
    "vCenter's record of the host's certificate was not compared with what was expected, because {reason}",
    "Look at the host's certificate in vCenter: whatever a CA that vCenter trusts signed was taken.",
)
NO_CLIENT_AUTH = Notice(
    "its extended key usage lacks clientAuth, with which a host shows itself to others",
    "Have your CA add clientAuth to its profile, as a host's own certificate has it.",
)
NO_COMMON_NAME = Notice(
    "it has no common name, which vSphere's guides ask for",
    "Have your CA keep the subject of the request. OpenSSL and Java go by the alternative names.",
)
DAEMON_REFUSED = Notice(
    "{command} answered {said}",
    "Nothing, if the step succeeded all the same; else look at that daemon and its log on the host.",
)
NOT_RESTARTED = Notice(
    "services.sh restart was not run, because the host uses {using}",
    "Where the certificate is not taken up without it: evacuate the host, and restart it.",
)
NEVER_ANSWERED = Notice(
    "port {port} of the host answered neither before nor after",
    "Look at the daemon behind it (9080: iofiltervpd; 443: rhttpproxy, envoy) and at the firewall of the host.",
)
IN_PLACE_FAILED = Notice(
    "{method} did not help: {error}", "Nothing: the next way of bringing the provider back was tried after it."
)
IN_PLACE_WITHOUT_EFFECT = Notice(
    "{method} was not enough: SMS shows the provider as {status} after it, or another certificate",
    "Nothing: the next way of bringing the provider back was tried after it.",
)
CURED_IN_PLACE = Notice("{method} was enough: nothing was unregistered", "Nothing.")
NOT_REGISTERED_BY_VCENTER = Notice(
    "vCenter did not register it by itself within {seconds:g} seconds, so that SPS was restarted",
    "Nothing. Where that is always so, certops_reregister_look_seconds: 0 saves the wait.",
)
LOOK_FAILED = Notice(
    "whether vCenter registers it by itself could not be checked: {error}",
    "Nothing: SPS was restarted, which registers what is missing.",
)
OTHERS_CHANGED = Notice(
    "the restart of SPS changed the status of {number} storage provider(s) other than IOFilter: {changes}",
    "Look at them in vCenter's storage providers: whose they are, arrays or vSAN, may need to be asked. This collection never touches them.",
)
NEW_ORPHAN = Notice(
    "{provider} ({url}) has become an orphan since the plan was made, and is left as it is",
    "See whose it is. The next run's plan shows it.",
)
BELIEVED = Notice(
    "the host key was not verified, because certops_accept_unverified_host is set: {problem}",
    "Put the host's key into known_hosts, and unset certops_accept_unverified_host (the option accept_unverified_host).",
)

HA_ILL_BEFORE = Notice(
    "the vSphere HA agent of {esxi_host} was not well before ({state}), and is not waited for",
    "Reconfigure HA on the host in vCenter.",
)
HA_OFF_NOW = Notice(
    "the vSphere HA agent of {esxi_host} is not waited for, because somebody switched HA of {cluster} off meanwhile",
    "Nothing.",
)
HA_PENDING = Notice(
    "the vSphere HA agent of {esxi_host} is not well after its renewal, though HA was configured anew on it; its reconnect follows, which has vCenter"
    " configure HA as well",
    "Nothing: the agent is waited for once more after the reconnect, and nobody else of the cluster begins before that.",
)
HA_CONFIGURED_ANEW = Notice(
    "vSphere HA was configured anew on {esxi_host}, whose agent had not come up by itself",
    "Nothing. If it is so on every host, look at the cluster's HA in vCenter.",
)

# Of the inventory estate: its warnings.
NAME_USED_TWICE = Notice(
    "the name {name} is not that of one host only, so that the inventory has {several}: nothing of them is merged",
    "Nothing, or give limits and variables by these names. A name that is not the vCenter's any more can be taken from its inventory.",
)
GROUP_USED_TWICE = Notice(
    "several places would be the group {group}, so that they were told apart: {told}",
    "Use the groups by these names; or rename the datacenter or cluster.",
)
UNREACHABLE = Notice(
    "{vcenter} could not be read, and is in the group unreachable. {problem}",
    "What the problem ends with. With on_unreachable: fail it is an error.",
)
