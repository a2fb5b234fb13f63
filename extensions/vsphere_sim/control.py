# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator's own address: the journal, the truth, faults, and changes that the world makes."""

from __future__ import annotations

import json
import socket
import threading
from datetime import timedelta
from typing import Any, Callable

from .estate import host_daemons
from .estate.accounts import Account
from .estate.builder import Estate, EstateBuilder
from .estate.esxi_host import STANDBY_MODES, EsxiHost, certificate_description, description
from .estate.high_availability import FAILS_OVER
from .estate.provider import DISCONNECTED, Provider
from .estate.vcenter import VCenter
from .fault_rules import FaultRules, RuleError
from .journal import Journal
from .pki.certificate import Certificate
from .scenario.schema import ScenarioError
from .server.http import Request, Response, serve_http
from .soap.servant import Call
from .vim import event_manager
from .vim.host import host_membership
from .vim.host.host_connection import RENEWALS
from .vim.inventory.compute_resource import ClusterComputeResource
from .vim.inventory.virtual_machine import VirtualMachine
from .vim.task import start_task

STOP_DELAY_SECONDS = 0.2
STATES = ("connected", "disconnected", "notResponding")


class ControlError(ValueError):
    """What can't be done; the text says why."""


class Control:
    """Answers on a loopback address, in JSON, without TLS."""

    def __init__(
        self, estate: Estate, builder: EstateBuilder, journal: Journal, rules: FaultRules, stop: Callable[[], None]
    ) -> None:
        self._estate = estate
        self._builder = builder
        self._journal = journal
        self._rules = rules
        self._stop = stop
        # A rule may have the world change right after a call.
        rules.change = self._change
        self._changes: dict[str, Callable[[dict[str, Any]], Any]] = {
            "host": self._change_host,
            "provider": self._change_provider,
            "cluster": self._change_cluster,
            "sps": self._change_sps,
            "vsan": self._change_vsan,
            "vcenter": self._change_vcenter,
            "account": self._change_account,
            "sessions": self._change_sessions,
            "clock": self._change_clock,
            "event": self._add_event,
        }

    def serve(self, connection: socket.socket) -> None:
        """Serve one connection."""
        serve_http(connection, self._answer, "vsphere_sim")

    def _answer(self, request: Request) -> Response:
        try:
            return _json(self._route(request))
        except (ControlError, RuleError, ScenarioError) as error:
            return _json({"error": str(error)}, 400)
        except OSError as error:
            return _json({"error": f"the host's disk: {error.strerror}"}, 400)
        except (KeyError, TypeError, ValueError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 400)

    def _route(self, request: Request) -> Any:
        where = (request.method, request.path.rstrip("/"))
        if where == ("GET", "/journal"):
            return self._journal.since(int((request.query.get("since") or ["0"])[0]))
        if where == ("DELETE", "/journal"):
            self._journal.clear()
            return {}
        if where == ("GET", "/state"):
            return {"vcenters": [_vcenter(vcenter) for vcenter in self._estate.vcenters]}
        if where == ("GET", "/faults"):
            return self._rules.listed()
        if where == ("POST", "/faults"):
            return {"rule": self._rules.add(json.loads(request.body)).number}
        if where == ("DELETE", "/faults"):
            self._rules.clear()
            return {}
        if where == ("POST", "/stop"):
            # The answer goes out first.
            threading.Timer(STOP_DELAY_SECONDS, self._stop).start()
            return {}
        if request.method == "POST" and request.path.startswith("/state/"):
            change = self._changes.get(request.path[len("/state/") :])
            if change is not None:
                return change(json.loads(request.body or b"{}"))
        raise ControlError(
            f"there is no {request.method} {request.path}; there are GET and DELETE /journal, GET /state, GET, POST and DELETE /faults, "
            f"POST /stop and POST /state/{{{','.join(self._changes)}}}"
        )

    def _change(self, changes: dict[str, Any]) -> None:
        for what, given in changes.items():
            self._changes[what](given)

    def _change_host(self, given: dict[str, Any]) -> Any:
        """Its state: connection_state, in_maintenance, standby_mode, quarantined, partial_maintenance, unreadable, reachable, lockdown_mode,
        ha_ends_in, ha_incurable, ha_reconnect_cures, clock_offset_seconds, disk_full, reboot, ssh_reachable, exception_users, services.

        Whom it trusts: castore (PEMs), sms_trust_lost (whether its castore lacks what SPS is believed by).
        Its certificate: certificate, reloads_on, records_on, impostor, known, distrusted_as, configured_name.
        Its place in vCenter: name (another from now on), removed, added_again (as another object).
        """
        vcenter, host = self._host(given)
        if given.get("removed"):
            host_membership.remove(vcenter, host)
            return {"removed": host.name}
        for key, value in given.items():
            if key == "name":
                host_membership.rename(vcenter, host, str(value))
            elif key == "added_again":
                host_membership.add_again(vcenter, host)
            elif key == "connection_state":
                if value not in STATES:
                    raise ControlError(f"connection_state is one of {', '.join(STATES)}")
                host.connection_state = value
            elif key == "in_maintenance":
                host.in_maintenance_mode = bool(value)
            elif key == "standby_mode":
                if value not in STANDBY_MODES:
                    raise ControlError(f"standby_mode is one of {', '.join(STANDBY_MODES)}")
                host.change_standby(value)
            elif key == "quarantined":
                host.in_quarantine_mode = bool(value)
            elif key == "partial_maintenance":
                host.partial_maintenance = [str(kind) for kind in value]
            elif key == "unreadable":
                host.unreadable = [str(path) for path in value]
            elif key in (
                *("ha_ends_in", "ha_incurable", "ha_reconnect_cures", "reachable", "lockdown_mode", "reloads_on", "records_on"),
                *("registers_by_itself", "registration_failure"),
            ):
                setattr(host, key, value)
            elif key == "sms_trust_lost":
                (host.lose_sms_trust if value else host.regain_sms_trust)()
                for provider in vcenter.storage.listed():
                    if provider.host is host:
                        provider.condition = DISCONNECTED if value else ""
            elif key == "castore":
                host.castore = [Certificate.from_pem(pem) for pem in value]
            elif key == "certificate":
                self._replace_certificate(vcenter, host, value, bool(given.get("known", True)))
            elif key == "impostor":
                host.impostor = None if value is None else self._given_certificate(vcenter, host, value)
            elif key == "services":
                for name, running in value.items():
                    host.services[name].running = bool(running)
            elif key == "ssh_reachable":
                host.ssh_reachable = bool(value)
            elif key == "exception_users":
                host.exception_users = [str(name) for name in value]
            elif key == "distrusted_as":
                if value not in STATES[1:]:
                    raise ControlError(f"distrusted_as is one of {', '.join(STATES[1:])}")
                host.distrusted_as = value
            elif key == "configured_name":
                host.configured_name = str(value)
            elif key == "clock_offset_seconds":
                host.clock_offset_seconds = float(value)
            elif key == "disk_full":
                host.disk_full = bool(value)
                if host.disk is not None:
                    host.disk.apply_disk_full()
            elif key == "reboot":
                if value:
                    host_daemons.reboot(vcenter, host)
            elif key not in ("vcenter", "host", "known"):
                raise ControlError(f"a host has no {key}")
        vcenter.notify(host)
        return description(host)

    def _replace_certificate(self, vcenter: VCenter, host: EsxiHost, given: dict[str, Any], known: bool) -> None:
        """A new certificate on the host; known: vCenter has it on record."""
        certificate = self._given_certificate(vcenter, host, given)
        if host.disk is not None:
            host.disk.write_pair(certificate)
        host.certificate = certificate
        host.served = dict.fromkeys(host.served, certificate)
        if known:
            host.record = host.certificate

    def _given_certificate(self, vcenter: VCenter, host: EsxiHost, given: Any) -> Certificate:
        if not isinstance(given, dict):
            raise ControlError('a certificate is {"days_left": ..., "issuer": ...} or {"pem": ..., "key": ...}')
        if "pem" in given:
            return Certificate.from_pem(given["pem"], given["key"])
        names = given.get("names") or [host.name]
        wanted = {key: value for key, value in given.items() if key != "names"}
        return self._builder.certificate(wanted, names, vcenter)  # type: ignore[arg-type]

    def _change_provider(self, given: dict[str, Any]) -> Any:
        """ailing, broken, untold, condition, certificate, registered (false takes it away), heals_after (offline for so many seconds)."""
        vcenter = self._vcenter(given)
        provider = self._provider(vcenter, given)
        for key, value in given.items():
            if key in ("ailing", "broken"):
                setattr(provider, key, bool(value))
            elif key == "untold":
                provider.untold = tuple(value)
            elif key == "condition":
                provider.condition = str(value)
            elif key == "heals_after":
                provider.ailing = True
                vcenter.after(float(value), lambda: _heal(vcenter, provider))
            elif key == "certificate":
                name = provider.host.name if provider.host else provider.name.rpartition(" ")[2]
                provider.certificate = self._builder.certificate(value, [name], vcenter)
            elif key == "registered":
                if not value:
                    vcenter.storage.remove(provider.uid)
            elif key not in ("vcenter", "provider", "host"):
                raise ControlError(f"a provider has no {key}")
        vcenter.notify()
        return provider.described(vcenter.now(), vcenter.storage_roots)

    def _change_cluster(self, given: dict[str, Any]) -> Any:
        """cluster: its name. enabled, host_monitoring: of its HA; fails_over (restart, unsettled, never), settle_seconds, lifecycle_managed;
        unreadable: paths of properties that the vCenter tells nobody. task_seconds: somebody's task goes on with it for so long."""
        vcenter = self._vcenter(given)
        named = [
            one for one in vcenter.objects.values() if isinstance(one, ClusterComputeResource) and one.name == given["cluster"]
        ]
        if not named:
            raise ControlError(f"there is no cluster {given['cluster']}")
        cluster = named[0]
        for key, value in given.items():
            if key == "enabled":
                cluster.ha.switch(bool(value), None)
            elif key == "host_monitoring":
                cluster.ha.host_monitoring = value
            elif key == "fails_over":
                if value not in FAILS_OVER:
                    raise ControlError(f"fails_over is one of {', '.join(FAILS_OVER)}")
                cluster.ha.fails_over = value
            elif key == "settle_seconds":
                cluster.ha.settle_seconds = float(value)
            elif key == "unreadable":
                cluster.hidden = [str(path) for path in value]
            elif key == "lifecycle_managed":
                cluster.lifecycle_managed = bool(value)
            elif key == "task_seconds":
                call = Call("ReconfigureComputeResource_Task", {}, None, vcenter.vim_versions.newest)
                start_task(vcenter, call, cluster, float(value), lambda: None)
            elif key not in ("vcenter", "cluster"):
                raise ControlError(f"a cluster has no {key}")
        vcenter.notify()
        return cluster.described()

    def _change_sps(self, given: dict[str, Any]) -> Any:
        """stuck: it will not come out of STARTING; state: as if it had been set from outside; startup_type; restart_answers: how the call that
        restarts it answers - when_up, at_once, timed_out (HTTP 500 while the restart goes on); registers_by_itself, others_after_restart: as in a
        scenario."""
        storage = self._vcenter(given).storage
        if "stuck" in given:
            if given["stuck"]:
                storage.stuck = True
            else:
                storage.unstick()
        if "state" in given:
            storage.state = str(given["state"])
        if "initialized" in given:
            storage.initialized = bool(given["initialized"])
        for key in ("startup_type", "restart_answers"):
            if key in given:
                setattr(storage, key, str(given[key]))
        if "registers_by_itself" in given:
            storage.registers_by_itself = given["registers_by_itself"]
        if "others_after_restart" in given:
            storage.others_after_restart = dict(given["others_after_restart"])
        return {"state": storage.state, "initialized": storage.initialized, "stuck": storage.stuck}

    def _change_vcenter(self, given: dict[str, Any]) -> Any:
        """clock_offset_seconds, linked_nodes, settings, missing_rest_paths, refresh_behaviour, reconnect_renews (by_status, always, never), backups,
        sts (groups, no_groups, missing)."""
        vcenter = self._vcenter(given)
        for key, value in given.items():
            if key == "clock_offset_seconds":
                vcenter.clock_offset = timedelta(seconds=float(value))
            elif key == "settings":
                for name, setting in value.items():
                    vcenter.settings.put(name, setting)
            elif key in ("linked_nodes", "missing_rest_paths"):
                setattr(vcenter, key, list(value))
            elif key == "backups":
                vcenter.backups = dict(value)
            elif key == "sts":
                vcenter.sts = str(value)
            elif key == "reconnect_renews":
                if value not in RENEWALS:
                    raise ControlError(f"reconnect_renews is one of {', '.join(RENEWALS)}")
                vcenter.reconnect_renews = str(value)
            elif key == "refresh_behaviour":
                vcenter.refresh_behaviour.update(value)
            elif key != "vcenter":
                raise ControlError(f"a vCenter has no {key}")
        vcenter.notify()
        return _vcenter(vcenter)

    def _change_vsan(self, given: dict[str, Any]) -> Any:
        """cluster (its name; the only one without it): objects, syncing, cut_off (names of hosts)."""
        vcenter = self._vcenter(given)
        names = {moid: getattr(vcenter.objects.get(moid), "name", moid) for moid in vcenter.vsan_clusters}
        wanted = given.get("cluster")
        found = next((one for moid, one in vcenter.vsan_clusters.items() if wanted in (None, moid, names[moid])), None)
        if found is None:
            raise ControlError(f"there is no cluster {wanted} with vSAN")
        if "objects" in given:
            found.objects = {str(state): int(number) for state, number in given["objects"].items()}
        found.syncing = int(given.get("syncing", found.syncing))
        if "cut_off" in given:
            found.cut_off = {host.moid for host in vcenter.hosts if host.name in set(given["cut_off"])}
        return found.described()

    def _change_account(self, given: dict[str, Any]) -> Any:
        """username, password, privileges (null: all), groups of the SSO domain (null: as its privileges suggest)."""
        vcenter = self._vcenter(given)
        privileges, groups = given.get("privileges"), given.get("groups")
        username = str(given["username"])
        known = vcenter.accounts.find(username)
        password = str(given.get("password") or (known.password if known else self._estate.password))
        held = None if privileges is None else frozenset(privileges)
        vcenter.accounts.put(Account(username, password, held, None if groups is None else frozenset(groups)))
        return {"username": username}

    def _change_sessions(self, given: dict[str, Any]) -> Any:
        """Every session ends, of vim and of REST, or of the one that `protocol` names."""
        ended = 0
        for vcenter in [self._vcenter(given)] if given.get("vcenter") else self._estate.vcenters:
            if given.get("protocol") in (None, "vim"):
                ended += vcenter.sessions.expire_all()
            if given.get("protocol") in (None, "rest"):
                ended += vcenter.rest_sessions.expire_all()
            vcenter.notify()
        return {"ended": ended}

    def _change_clock(self, given: dict[str, Any]) -> Any:
        """advance_days, advance_seconds: the estate's time goes on at once. Clients' clocks do not."""
        clock = self._estate.surroundings.clock
        clock.moved_by += timedelta(days=float(given.get("advance_days") or 0), seconds=float(given.get("advance_seconds") or 0))
        return {"now": clock.now().isoformat().replace("+00:00", "Z")}

    def _add_event(self, given: dict[str, Any]) -> Any:
        """type, host (where it names one), username: something happened, which a client of EventManager is told."""
        vcenter, host = self._host(given) if given.get("host") else (self._vcenter(given), None)
        return {"key": event_manager.events_of(vcenter).happened(str(given["type"]), host, str(given.get("username") or ""))}

    def _vcenter(self, given: dict[str, Any]) -> VCenter:
        name = given.get("vcenter")
        if name is None and len(self._estate.vcenters) == 1:
            return self._estate.vcenters[0]
        vcenter = self._estate.vcenter(str(name))
        if vcenter is None:
            raise ControlError(f"there is no vCenter {name}; there are {', '.join(one.name for one in self._estate.vcenters)}")
        return vcenter

    def _host(self, given: dict[str, Any]) -> tuple[VCenter, EsxiHost]:
        wanted = given.get("host")
        for vcenter in [self._vcenter(given)] if given.get("vcenter") else self._estate.vcenters:
            for host in vcenter.hosts:
                # Ids are unique in a vCenter only.
                if wanted in (host.name, host.address) or (given.get("vcenter") and wanted == host.moid):
                    return vcenter, host
        raise ControlError(f"there is no host {wanted}")

    def _provider(self, vcenter: VCenter, given: dict[str, Any]) -> Provider:
        for provider in vcenter.storage.listed():
            if given.get("provider") in (provider.uid, provider.name):
                return provider
            if provider.host is not None and given.get("host") in (provider.host.name, provider.host.address):
                return provider
        raise ControlError(f"there is no provider {given.get('provider') or given.get('host')}")


def _heal(vcenter: VCenter, provider: Provider) -> None:
    provider.ailing = False
    vcenter.notify()


def _vcenter(vcenter: VCenter) -> dict[str, Any]:
    storage = vcenter.storage
    now = vcenter.now()
    by_host = {}
    for host in vcenter.hosts:
        described = description(host)
        provider = storage.find_by_url(host.provider_url)
        described["provider"] = provider.described(now, vcenter.storage_roots) if provider else None
        by_host[host.name] = described
    return {
        "name": vcenter.name,
        "fqdn": vcenter.identity.fqdn,
        "address": vcenter.identity.address,
        "port": vcenter.identity.port,
        "version": vcenter.identity.version,
        "api_version": vcenter.vim_versions.newest_id,
        "instance_uuid": vcenter.identity.instance_uuid,
        "now": now.isoformat().replace("+00:00", "Z"),
        "settings": vcenter.settings.named(""),
        "roots": [certificate_description(root) for root in vcenter.trusted_roots],
        "vmca_root": certificate_description(vcenter.trust.vmca.certificate),
        "machine_ssl": certificate_description(vcenter.trust.machine_ssl),
        "sps": {
            "state": storage.state,
            "initialized": storage.initialized,
            "stuck": storage.stuck,
            "restarts": storage.restarts,
        },
        "linked_nodes": list(vcenter.linked_nodes),
        "clusters": [one.described() for one in list(vcenter.objects.values()) if isinstance(one, ClusterComputeResource)],
        "sessions": len(vcenter.sessions.listed()),
        "rest_sessions": len(vcenter.rest_sessions.listed()),
        "arrays": [{"name": array.name, "address": array.address, "url": array.provider_url} for array in vcenter.arrays],
        "machines": [one.described() for one in list(vcenter.objects.values()) if isinstance(one, VirtualMachine)],
        "vsan": [vsan.described() for vsan in vcenter.vsan_clusters.values()],
        "hosts": list(by_host.values()),
        "providers": [provider.described(now, vcenter.storage_roots) for provider in storage.listed()],
    }


def _json(value: Any, status: int = 200) -> Response:
    return Response(status, (json.dumps(value) + "\n").encode(), "application/json")
