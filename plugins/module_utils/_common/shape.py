# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shapes of data that a user hands on, and that another version, or somebody else, may have made.

What is given is compared with its shape as a whole before anything is done with it. So what goes wrong afterwards is a defect of the
collection, and is told as one.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional

from . import times

# Compares a value. Raises Misfit.
Shape = Callable[[Any], None]

# Far above every number of hosts, days and seconds, and below what arithmetic with floats fails on.
LARGEST = 10**15


class Misfit(Exception):
    """A value that does not have its shape: what is wrong, and at which place of the whole, from the inside to the outside."""

    def __init__(self, problem: str, *place: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.place = list(place)

    def __str__(self) -> str:
        return f"{''.join(reversed(self.place)).lstrip('.') or 'it'} {self.problem}"


def misfit(shape: Shape, value: Any) -> Optional[str]:
    """What is wrong with a value, and where, in words; None where it has the shape."""
    try:
        shape(value)
    except Misfit as found:
        return str(found)
    return None


def text(value: Any) -> None:
    """A text."""
    if not isinstance(value, str):
        raise Misfit("is not text")


def flag(value: Any) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise Misfit("is neither true nor false")


def number(value: Any) -> None:
    """A number, whole or not."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -LARGEST <= value <= LARGEST:
        raise Misfit("is no number")


def whole(value: Any) -> None:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or not -LARGEST <= value <= LARGEST:
        raise Misfit("is not a whole number")


def moment(value: Any) -> None:
    """A time in ISO 8601."""
    text(value)
    try:
        times.from_text(value)
    except ValueError as error:
        raise Misfit("is not an ISO 8601 time") from error


def one_of(*words: Any) -> Shape:
    """One of these values."""

    def compare(value: Any) -> None:
        if not isinstance(value, (str, int)) or value not in words:
            raise Misfit(f"is none of: {', '.join(map(str, words))}")

    return compare


def maybe(shape: Shape) -> Shape:
    """A value of this shape, or null."""

    def compare(value: Any) -> None:
        if value is not None:
            shape(value)

    return compare


def listed(shape: Shape) -> Shape:
    """A list of values of this shape."""

    def compare(value: Any) -> None:
        if not isinstance(value, (list, tuple)):
            raise Misfit("is no list")
        for place, inner in enumerate(value):
            _within(shape, inner, f"[{place}]")

    return compare


def by_name(shape: Shape) -> Shape:
    """A dictionary from any texts to values of this shape."""

    def compare(value: Any) -> None:
        for key, inner in _dictionary(value).items():
            text(key)
            _within(shape, inner, f".{key}")

    return compare


def record(needed: Mapping[str, Shape], allowed: Optional[Mapping[str, Shape]] = None) -> Shape:
    """A dictionary that has what is needed, and may have what is allowed; nobody looks at what else it has."""
    optional = dict(allowed or {})

    def compare(value: Any) -> None:
        given = _dictionary(value)
        for key, shape in needed.items():
            if key not in given:
                raise Misfit("is missing", f".{key}")
            _within(shape, given[key], f".{key}")
        for key, shape in optional.items():
            if key in given:
                _within(shape, given[key], f".{key}")

    return compare


def _dictionary(value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise Misfit("is not a dictionary")
    return value


def _within(shape: Shape, value: Any, place: str) -> None:
    try:
        shape(value)
    except Misfit as found:
        found.place.append(place)
        raise
