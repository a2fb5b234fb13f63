# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays plays: each host goes through a play's tasks, one after the other, as roles, includes, blocks and conditions have it."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Mapping, Optional, Sequence

from ansible.utils.display import Display

from player.content import BUILTIN, OURS, ROLES, Role, UnknownToPlayer, role, tasks_of, what
from player.said import say_recap, say_result
from player.task import Surroundings, carry_out, failure_of
from player.variables import Scope, World

display = Display()
FAILED = 2
LINEAR = f"{BUILTIN}linear"


class HostFailed(Exception):
    """A host's task has failed, and nothing has rescued it yet."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        super().__init__(result.get("msg"))
        self.result = dict(result)


class Run:
    """A run of a playbook."""

    def __init__(
        self, sources: Sequence[str], extra: Mapping[str, Any], *, check_mode: bool, diff: bool, limit: Optional[str] = None
    ) -> None:
        self.around = Surroundings(check_mode, diff)
        options = {"ansible_check_mode": check_mode, "ansible_diff_mode": diff, "ansible_verbosity": 0}
        self.world = World(self.around.loader, sources, extra, {**options, **({"ansible_limit": limit} if limit else {})})
        self.failed: set[str] = set()
        self.counted: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def play_all(self, plays: Sequence[Mapping[str, Any]]) -> int:
        """Play them; returns the exit status."""
        for play in plays:
            before = len(self.failed)
            hosts = self.world.hosts(play["hosts"])
            _Play(self, play, hosts).go()
            if hosts and len(self.failed) - before == len(hosts):
                display.display("NO MORE HOSTS LEFT")
                break
        say_recap(self.counted)
        return FAILED if self.failed else 0


class _Play:
    """One play."""

    def __init__(self, run: Run, play: Mapping[str, Any], hosts: Sequence[str]) -> None:
        self._run = run
        self._play = play
        self._hosts = hosts
        self._all_at_once: set[int] = set()
        # Those whose play a task has ended.
        self._through: set[str] = set()

    def go(self) -> None:
        """Play it for each host that has not failed."""
        display.display(f"\nPLAY [{self._play['name']}] " + "*" * 40)
        scope, tasks = Scope(of_play=self._play.get("vars", {})), self._play["tasks"]
        # With the strategy linear a host waits for the others after each task of the play; with free it does not.
        for together in [[one] for one in tasks] if self._play.get("strategy", LINEAR) == LINEAR else [tasks]:
            for host in self._hosts:
                try:
                    self._tasks(host, scope, together)
                except HostFailed:
                    self._fail(host)

    def _fail(self, *hosts: str) -> None:
        self._run.failed.update(hosts)

    def _variables(self, host: str, scope: Scope) -> dict[str, Any]:
        left = [one for one in self._hosts if one not in self._run.failed]
        of_play = {
            "ansible_play_hosts_all": list(self._hosts),
            "ansible_play_hosts": left,
            "ansible_play_batch": left,
            "ansible_play_name": self._play["name"],
        }
        return self._run.world.variables(host, scope, of_play)

    def _tasks(self, host: str, scope: Scope, tasks: Sequence[Mapping[str, Any]]) -> None:
        for task in tasks:
            if host in self._run.failed | self._through:
                return
            self._task(host, scope, task)

    def _task(self, host: str, scope: Scope, task: Mapping[str, Any]) -> None:
        name = what(dict(task))
        if name == "block":
            self._block(host, scope, task)
        elif name == f"{BUILTIN}meta":
            if task[name] != "end_host":
                raise UnknownToPlayer(f"meta: {task[name]}")
            if self._holds(host, scope, task):
                self._through.add(host)
        elif name.removeprefix(BUILTIN).partition("_")[0] in ("include", "import"):
            self._included(host, scope, task, name)
        else:
            self._carried_out(host, scope, task, name)

    def _block(self, host: str, scope: Scope, block: Mapping[str, Any]) -> None:
        # Its condition and its variables are those of each of its tasks: ours ask nothing that a task of theirs changes.
        inner = scope.with_tasks(block.get("vars", {}))
        if not self._holds(host, inner, block):
            self._run.counted[host]["skipped"] += 1
            return
        try:
            self._tasks(host, inner, block["block"])
        except HostFailed as failed:
            if "rescue" not in block:
                raise
            self._count(host, "failed", -1)
            self._count(host, "rescued")
            self._run.world.keep(host, {"ansible_failed_result": failed.result})
            self._tasks(host, inner, block["rescue"])

    def _included(self, host: str, scope: Scope, task: Mapping[str, Any], name: str) -> None:
        kind = name.removeprefix(BUILTIN)
        given, own = task[name], task.get("vars", {})
        for item in self._items(host, scope, task):
            loop = {} if item is None else {task["loop_control"]["loop_var"]: item[0]}
            inner = scope.with_tasks(own).with_include({**loop, **(own if kind.startswith("include") else {})})
            if not self._holds(host, inner, task):
                self._skip(host, task)
                continue
            if task.get("run_once") and self._done_already(task):
                continue
            self._count(host, "ok")
            if kind.endswith("_tasks"):
                self._tasks(host, inner, tasks_of(ROLES / inner.role / "tasks" / given))
            else:
                found = role(str(self._evaluated(host, inner, given["name"])))
                self._role(host, inner, found, given.get("tasks_from", "main"), given.get("apply", {}))

    def _items(self, host: str, scope: Scope, task: Mapping[str, Any]) -> list[Optional[tuple[Any]]]:
        """The items of a loop, each as a tuple; None where there is none. All are known before the first is begun."""
        if "loop" not in task:
            return [None]
        if set(task["loop_control"]) != {"loop_var"}:
            raise UnknownToPlayer(f"loop_control of {task.get('name')}")
        return [(item,) for item in self._evaluated(host, scope.with_tasks(task.get("vars", {})), task["loop"])]

    def _role(self, host: str, scope: Scope, found: Role, tasks_from: str, apply: Mapping[str, Any]) -> None:
        for one in found.before:
            self._role(host, scope, one, "main", {})
        tasks = found.tasks(tasks_from)
        if apply:
            if set(apply) != {"run_once"}:
                raise UnknownToPlayer(f"apply of {found.name}")
            tasks = [{**task, "run_once": True} for task in tasks]
        self._tasks(host, scope.with_role(found), tasks)

    def _carried_out(self, host: str, scope: Scope, task: Mapping[str, Any], name: str) -> None:
        if task.get("run_once") and self._done_already(task):
            return
        inner = scope.with_tasks(task.get("vars", {}))
        display.display(f"\nTASK [{f'{inner.role} : ' if inner.role else ''}{task.get('name', name)}] " + "*" * 40)
        try:
            if not self._holds(host, inner, task):
                self._skip(host, task)
                return
            result = self._result(host, inner, task[name] or {}, name)
        except UnknownToPlayer:
            raise
        except Exception as error:
            result = failure_of(error)
        failed, ignored = bool(result.get("failed")), bool(task.get("ignore_errors"))
        about = self._hosts if task.get("run_once") else (host,)
        if "register" in task:
            # A test asks whether it has failed.
            registered = {"failed": failed, **result}
            for one in about:
                self._run.world.keep(one, {task["register"]: registered})
        say_result(host, result, failed=failed, diff=self._run.around.diff, ignored=ignored)
        if failed and not ignored:
            self._count(host, "failed")
            if task.get("run_once"):
                self._fail(*about)
            raise HostFailed(result)
        self._count(host, "ok")
        self._count(host, "ignored", int(failed))
        self._count(host, "changed", int(bool(result.get("changed"))))

    def _result(self, host: str, scope: Scope, options: Any, name: str) -> dict[str, Any]:
        given = self._evaluated(host, scope, options)
        if name == f"{BUILTIN}set_fact":
            self._run.world.keep(host, given)
            return {"changed": False}
        if name == f"{BUILTIN}fail":
            return {"changed": False, "failed": True, "msg": given["msg"]}
        assert name.startswith(OURS)
        return carry_out(self._run.around, name, given, self._variables(host, scope))

    def _done_already(self, task: Mapping[str, Any]) -> bool:
        """Whether another host has done what is done once. What is read is read once, so that a task is told by its identity."""
        if id(task) in self._all_at_once:
            return True
        self._all_at_once.add(id(task))
        return False

    def _evaluated(self, host: str, scope: Scope, value: Any) -> Any:
        return self._run.around.templar(self._variables(host, scope)).template(value)

    def _holds(self, host: str, scope: Scope, task: Mapping[str, Any]) -> bool:
        conditions = task.get("when", [])
        conditions = conditions if isinstance(conditions, list) else [conditions]
        if not conditions:
            return True
        templar = self._run.around.templar(self._variables(host, scope))
        return all(templar.evaluate_conditional(one) for one in conditions)

    def _skip(self, host: str, task: Mapping[str, Any]) -> None:
        self._count(host, "skipped")
        if "register" in task:
            self._run.world.keep(host, {task["register"]: {"changed": False, "skipped": True}})

    def _count(self, host: str, what_for: str, number: int = 1) -> None:
        self._run.counted[host][what_for] += number
