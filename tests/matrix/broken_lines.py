# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of the collection that are broken on purpose, one by one, and the tests that must be red then: `make test-broken`."""

from __future__ import annotations

from dataclasses import dataclass

CORE = "plugins/module_utils/core/"
VSPHERE = "plugins/module_utils/vsphere/"
OPERATIONS = "plugins/module_utils/operations/"

CRASH = "tests/matrix/test_crash.py"
FAULTS = "tests/matrix/test_faults.py"
GUARDS = "tests/matrix/test_guards.py"
PROTECTION = "tests/matrix/test_protection.py"
TWO_RUNS = "tests/matrix/test_two_runs.py"
SCENARIOS = "tests/matrix/test_scenarios.py"
TRUST = "tests/integration/test_trust.py"
SECRETS = "tests/integration/test_secrets.py"
CLOCKS = "tests/unit/test_clocks.py"
ODD = "tests/unit/test_odd_answers.py"
OTHERS = "tests/integration/test_others.py"
STEPS = "tests/integration/test_steps.py"
SIGNED = "tests/unit/core/test_signed.py"
OWN_CA = "tests/integration/test_custom_ca.py"


@dataclass(frozen=True)
class Broken:
    """One line that is broken.

    promise, what: in words, for the table. path: of the file, from the collection's root. old: what stands there, once. new: what it is made.
    tests: the file of tests. only: pytest's -k, which chooses those that are to see it.
    """

    promise: str
    what: str
    path: str
    old: str
    new: str
    tests: str
    only: str = ""


BROKEN = (
    Broken(
        "crashes",
        "a host that was left disconnected by a run that died is left so",
        CORE + "judge.py",
        "    if host.connection_state != DISCONNECTED or remembered is None",
        "    if True or host.connection_state != DISCONNECTED or remembered is None",
        CRASH,
        "10-DisconnectHost_Task-expiring-answered",
    ),
    Broken(
        "crashes",
        "a provider that was unregistered by a run that died is not missed",
        CORE + "judge.py",
        'return Verdict("provider_missing", "SMS has no provider for it", (REREGISTER,))',
        'return Verdict("provider_missing", "SMS has no provider for it")',
        CRASH,
        "17-UnregisterProvider_Task-remembers_expired-answered",
    ),
    Broken(
        "crashes",
        "a host that was renewed already is renewed once more",
        CORE + "judge.py",
        'return ("forced", "renewing it is forced") if force else None',
        'return ("forced", "renewing it is forced")',
        CRASH,
        "04-ReconnectHost_Task-canary-answered",
    ),
    Broken(
        "faults",
        "what fails in passing while it is read is not read again",
        VSPHERE + "session.py",
        "READ_ATTEMPTS = 4",
        "READ_ATTEMPTS = 1",
        FAULTS,
        "test_a_fault_in_passing and observe-QueryProvider-any and ProviderBusy",
    ),
    Broken(
        "faults",
        "what changes something is never sent again",
        VSPHERE + "repeating.py",
        "ATTEMPTS = 3",
        "ATTEMPTS = 1",
        FAULTS,
        "test_a_fault_in_passing and renew-CertMgrRefreshCertificates_Task-canary-http_status",
    ),
    Broken(
        "faults",
        "what changes something is sent again without a look at whether it was made",
        VSPHERE + "repeating.py",
        "            if made():\n",
        "            if False:\n",
        FAULTS,
        "test_a_fault_in_passing and reconnect-DisconnectHost_Task-expiring-drop-after-1",
    ),
    Broken(
        "faults",
        "a repeated call is not said to have been",
        VSPHERE + "session.py",
        "            self.retries += 1",
        "            self.retries += 0",
        FAULTS,
        "test_a_fault_in_passing and observe-QueryProvider-any and ProviderBusy",
    ),
    Broken(
        "faults",
        "after a failure the others are begun all the same",
        OPERATIONS + "step.py",
        "while failures <= max_failures and (host := turns.next()) is not None:",
        "while (host := turns.next()) is not None:",
        STEPS,
        "test_a_task_that_fails",
    ),
    Broken(
        "faults",
        "what vSphere said is left out",
        VSPHERE + "faults.py",
        "    said = describe(fault)\n    cure = next(",
        '    said = ""\n    cure = next(',
        FAULTS,
        "test_a_fault_that_stops and renew-CertMgrRefreshCertificates_Task-canary-task_error-vim.fault.NoHost-always",
    ),
    Broken(
        "SPS",
        "an SPS that hangs is waited for without a word of what may be affected",
        OPERATIONS + "sps.py",
        '    "Storage policies, CSI volumes and new provisioning may be affected until SPS runs: look at vmware-sps in the appliance\'s"',
        '    "Look at vmware-sps in the appliance\'s"',
        SCENARIOS,
        "test_an_sps_that_hangs and 0",
    ),
    Broken(
        "guards",
        "protection is not asked for",
        CORE + "blocker.py",
        '    if policy.protection is None:\n        return Blocker(\n            "protection_not_stated"',
        '    if policy.protection == "never":\n        return Blocker(\n            "protection_not_stated"',
        GUARDS,
        "protection_not_stated",
    ),
    Broken(
        "guards",
        "linked vCenters are not asked for",
        CORE + "blocker.py",
        "    if len(linked) < 2:\n",
        "    if True:\n",
        GUARDS,
        "protection_linked",
    ),
    Broken(
        "guards",
        "privileges are ignored",
        CORE + "blocker.py",
        "        for privilege in missing\n    ]",
        "        for privilege in ()\n    ]",
        GUARDS,
        "missing_privilege-no-configure",
    ),
    Broken(
        "guards",
        "the right to restart SPS is not looked up",
        VSPHERE + "settings.py",
        "VCENTER_PRIVILEGES_IF_LISTED = (RESTART_PRIVILEGE,)",
        "VCENTER_PRIVILEGES_IF_LISTED: tuple[str, ...] = ()",
        GUARDS,
        "missing_privilege-no-restart",
    ),
    Broken(
        "guards",
        "mode custom is ignored",
        CORE + "blocker.py",
        "    if mode == MODE_VMCA:\n",
        "    if True:\n",
        GUARDS,
        "mode_custom",
    ),
    Broken(
        "guards",
        "port 9080 is not looked at",
        CORE + "blocker.py",
        "    if served is None or served.trusted:\n",
        "    if True:\n",
        GUARDS,
        "endpoint_unsound",
    ),
    Broken(
        "guards",
        "a cluster that lacks a host is not spared",
        CORE + "plan.py",
        " if plan.host.name in full else plan\n",
        " if False else plan\n",
        GUARDS,
        "cluster_away",
    ),
    Broken(
        "guards",
        "the cure is left out on the terminal",
        CORE + "report.py",
        "{str(blocker['message']).rstrip('.')}. {blocker['cure']}",
        "{str(blocker['message']).rstrip('.')}",
        GUARDS,
        "protection_linked",
    ),
    Broken(
        "protection",
        "no snapshot is taken",
        "roles/guard/tasks/main.yml",
        "    - certops_plan.policy.protection == 'snapshot'\n",
        "    - certops_plan.policy.protection == 'never'\n",
        PROTECTION,
        "its_own_machine",
    ),
    Broken(
        "protection",
        "the snapshot is quiesced",
        "roles/guard/tasks/take_snapshot.yml",
        "        quiesce: false\n",
        "        quiesce: true\n",
        PROTECTION,
        "its_own_machine",
    ),
    Broken(
        "protection",
        "the run goes on where no snapshot could be taken",
        "roles/guard/tasks/take_snapshot.yml",
        "    - name: Stop where there is none\n      ansible.builtin.fail:\n",
        "    - name: Stop where there is none\n      ansible.builtin.debug:\n",
        PROTECTION,
        "cannot_be_snapshotted",
    ),
    Broken(
        "two runs",
        "a certificate that is another one by now is renewed all the same",
        OPERATIONS + "regenerate.py",
        "        if theirs is not None and host.certificate is not None and not theirs.same_as(host.certificate):\n",
        "        if theirs is not None and False:\n",
        TWO_RUNS,
        "while-a-host-is-renewed",
    ),
    Broken(
        "two runs",
        "tasks in progress are not waited for",
        OPERATIONS + "others.py",
        "        if now.in_progress or (away and not patience.passed):\n",
        "        if away and not patience.passed:\n",
        OTHERS,
        "does_not_end",
    ),
    Broken(
        "two runs",
        "a restart of SPS is not waited for",
        OPERATIONS + "sps.py",
        "        if found[0] not in PASSING or patience.passed:\n",
        "        if True:\n",
        TWO_RUNS,
        "while-sps-restarts",
    ),
    Broken(
        "two runs",
        "a refused restart of SPS counts as one's own",
        OPERATIONS + "sps.py",
        "        if refused:\n",
        "        if refused:\n            return\n",
        OTHERS,
        "refused_for_another_one",
    ),
    Broken(
        "trust",
        "the vCenter's certificate is not verified",
        VSPHERE + "tls.py",
        "    if not connection.validate_certs:\n",
        "    if True:\n",
        TRUST,
        "no_password",
    ),
    Broken(
        "trust",
        "the name in the vCenter's certificate is not looked at",
        VSPHERE + "tls.py",
        "    if connection.ca_path:\n",
        "    context.check_hostname = False\n    if connection.ca_path:\n",
        TRUST,
        "no_password and wrong",
    ),
    Broken(
        "trust",
        "what port 9080 serves need not be what vCenter has on record",
        CORE + "trust.py",
        "    elif known:\n",
        "    elif False:\n",
        TRUST,
        "test_an_impostor_on_9080",
    ),
    Broken(
        "trust",
        "a provider is unregistered whatever its endpoint shows",
        OPERATIONS + "reregister.py",
        "        elif not endpoint.trusted:\n",
        "        elif False:\n",
        TRUST,
        "keeps_its_provider_registered",
    ),
    Broken(
        "trust",
        "a host is disconnected though it shows another certificate",
        OPERATIONS + "reconnect.py",
        "    if not expected.is_met_by(shown):\n",
        "    if False:\n",
        TRUST,
        "not_even_disconnected",
    ),
    Broken(
        "trust",
        "a host is reconnected against whatever certificate it shows",
        OPERATIONS + "reconnect.py",
        "        pin = _pin(session, expected)\n",
        "        pin = Pin(thumbprint=fetch_certificate([host.name, *host.addresses[:1]], HOST_PORT, PROBE_SECONDS).sha1_thumbprint)\n",
        TRUST,
        "test_a_host_that_shows_another",
    ),
    Broken(
        "trust",
        "an offered certificate is not told by its fingerprint",
        VSPHERE + "faults.py",
        "    if isinstance(pem, (str, bytes)) and pem:\n",
        "    if False:\n",
        TRUST,
        "that_sms_does_not_trust",
    ),
    Broken(
        "trust",
        "TLS 1.1 is spoken",
        VSPHERE + "tls.py",
        "    context.minimum_version = ssl.TLSVersion.TLSv1_2\n    if not connection.validate_certs:",
        '    context.set_ciphers("ALL:@SECLEVEL=0")\n    context.minimum_version = ssl.TLSVersion.TLSv1_1\n    if not connection.validate_certs:',
        TRUST,
        "old_tls",
    ),
    Broken(
        "own CA",
        "a certificate for another key is installed",
        CORE + "signed.py",
        "    if public_key_sha256(leaf) != terms.request.public_key_sha256:",
        "    if False and public_key_sha256(leaf) != terms.request.public_key_sha256:",
        SIGNED,
    ),
    Broken(
        "own CA",
        "a certificate for another host is installed",
        CORE + "signed.py",
        "    found += trust.soundness(leaf, host_names=[terms.esxi_host], now=terms.now)\n",
        "    found += []\n",
        SIGNED,
    ),
    Broken(
        "own CA",
        "a certificate that leads to none of vCenter's trusted roots is installed",
        CORE + "signed.py",
        "    path = path_to_root(signed, terms.roots)\n",
        "    path = path_to_root(signed, terms.roots) or ()\n",
        SIGNED,
    ),
    Broken(
        "own CA",
        "what a CA returned is installed whatever it is",
        OPERATIONS + "install_certificate.py",
        "    if not problems:\n        return signed\n",
        "    return signed\n",
        OWN_CA,
        "not_fit",
    ),
    Broken(
        "check mode",
        "check mode renews",
        OPERATIONS + "due.py",
        "        elif predicted is not None:\n",
        "        elif False:\n",
        SCENARIOS,
        "predicts and every-kind and 9.0.0",
    ),
    Broken(
        "check mode",
        "check mode reconnects",
        OPERATIONS + "reconnect.py",
        "    if check_mode:\n",
        "    if False:\n",
        SCENARIOS,
        "predicts and every-kind and 9.0.0",
    ),
    Broken(
        "check mode",
        "check mode shows one step less than the run takes",
        CORE + "report.py",
        '        "steps": list(planned["steps"]),\n',
        '        "steps": list(planned["steps"])[:-1],\n',
        SCENARIOS,
        "predicts and every-kind and 9.0.0",
    ),
    Broken(
        "bad input",
        "a certificate that SMS remembers and that cannot be read spoils the reading",
        VSPHERE + "providers.py",
        "        return parse(pem) if pem else None\n    except CertificateError:",
        "        return parse(pem) if pem else None\n    except ZeroDivisionError:",
        ODD,
    ),
    Broken(
        "bad input",
        "a name is compared as it is written",
        CORE + "names.py",
        'text = name.strip().strip("[]").rstrip(".").lower()',
        "text = name",
        "tests/unit/core/test_names.py",
    ),
    Broken(
        "bad input",
        "a time beyond the years that Python knows is a traceback",
        CORE + "times.py",
        "    except OverflowError as error:\n",
        "    except ZeroDivisionError as error:\n",
        "tests/unit/core/test_times.py",
    ),
    Broken(
        "bad input",
        "an X.509 version that does not exist is a traceback",
        CORE + "certificate.py",
        "        x509.InvalidVersion,\n",
        "",
        "tests/unit/core/test_certificate.py",
    ),
    Broken(
        "bad input",
        "a host that names two vCenters is nobody's",
        "roles/observe/tasks/main.yml",
        "      when: certops_scope != 'vcenter' and certops_esxi_in_doubt | length > 0",
        "      when: false",
        "tests/integration/test_odd_inventories.py",
        "under_two_vcenters",
    ),
    Broken(
        "secrets",
        "Ansible is not told that the password is one",
        "plugins/module_utils/entry.py",
        '        "no_log": True,\n',
        "",
        SECRETS,
        "keeps_its_secrets_on_every_path",
    ),
    Broken(
        "secrets",
        "a private key that is given as a certificate is not hidden",
        "plugins/module_utils/entry.py",
        "    secrets.update(text for text in _texts(options) if holds_private_key(text))\n",
        "",
        SECRETS,
        "keeps_its_secrets_on_every_path",
    ),
    Broken(
        "secrets",
        "the provider's password is shown",
        "plugins/modules/vasa_provider_reregister.py",
        '"provider_password": {"type": "str", "no_log": True}',
        '"provider_password": {"type": "str", "no_log": False}',
        SECRETS,
        "keeps_its_secrets_on_every_path",
    ),
    Broken(
        "time",
        "a time without a zone is one of the controller's zone",
        CORE + "times.py",
        "        moment = moment.replace(tzinfo=timezone.utc)\n    try:",
        "        moment = moment.astimezone()\n    try:",
        CLOCKS,
    ),
    Broken(
        "time",
        "now is the controller's local time",
        OPERATIONS + "clock.py",
        "datetime.now(timezone.utc).replace(microsecond=0)",
        "datetime.now().replace(tzinfo=timezone.utc, microsecond=0)",
        CLOCKS,
    ),
    Broken(
        "time",
        "a clock that is off by more than five minutes is let pass",
        CORE + "blocker.py",
        "    if offset is None or abs(offset) <= policy.clock_tolerance_seconds:\n",
        "    if True:\n",
        CLOCKS,
    ),
)
