# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VASA providers as SMS has them: reading all of them, and unregistering, registering and refreshing one."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from itertools import count
from typing import Any, Callable, Container, Optional, Sequence

from .._certificates.certificate import Certificate, CertificateError, parse
from .._common import names, times
from .._common.errors import CertopsError, RepeatableError, TransientError
from .._common.printable import is_printable, printable
from .._common.unforeseen import foreseen
from .._estate.estate import Unavailable
from .._estate.provider import IOFILTER_NAME_PREFIX, OtherProvider, Provider, is_iofilter
from .._estate.registration import ProviderOffer, RegisteredProvider
from .._timing import waiting
from .._timing.repeating import ATTEMPTS, retry_unless_done
from .._wire.pyvmomi_library import sms, vim
from .faults import describe
from .session import VSphereSession
from .tasks import wait_for_sms_task

CONCURRENT_READS = 16
# An SMS that answers no more is not asked for each provider, with the patience that one lost answer is worth: after so many that were lost
# one after another, the others are not asked for.
MOST_LOST = CONCURRENT_READS
RETRY_SECONDS = 2.0

# certificateExpiryDate has no documented format; these were seen. The PEM comes first where it is there.
_DATE_FORMATS = (
    "%a %b %d %H:%M:%S %Z %Y",
    "%b %d, %Y %I:%M:%S %p",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d",
)


def read_providers(session: VSphereSession, but_not: Container[str] = ()) -> tuple[list[RegisteredProvider], list[Unavailable]]:
    """Every IOFilter provider that SMS has; others are passed over. One call, and one more a provider, concurrently.

    but_not: ids of provider objects that need not be read. A provider that cannot be read is in the second list and spoils
    no other. Raises CertopsError where SMS does not answer.
    """
    what = f"Reading the storage providers of {session.name}"
    references = session.read(what, lambda: storage_manager(session).QueryProvider()) or []
    moids = [moid for moid in (str(one._GetMoId()) for one in references) if moid not in but_not]
    patience = _Patience()
    with ThreadPoolExecutor(max_workers=CONCURRENT_READS) as pool:
        results = list(pool.map(lambda one: _read_one(session, one, patience), moids))
    found = [result for result in results if isinstance(result, RegisteredProvider)]
    unavailable = [result for result in results if isinstance(result, Unavailable)]
    return sorted(found, key=lambda one: (one.provider.url, one.provider.provider_uid)), unavailable


def listed(session: VSphereSession) -> frozenset[str]:
    """The ids of all provider objects that SMS has now, in one call. Raises CertopsError."""
    found = session.read(f"Listing the storage providers of {session.name}", lambda: storage_manager(session).QueryProvider())
    return frozenset(str(one._GetMoId()) for one in found or ())


def storage_manager(session: VSphereSession) -> Any:
    """SMS's storage manager."""
    return session.sms_instance.QueryStorageManager()


def read_other_providers(session: VSphereSession, but_not: Container[str] = ()) -> list[OtherProvider]:
    """Every provider that is no ESXi host's IOFilter provider. but_not: ids that are known to be ones. One that cannot be read is left out.

    Raises CertopsError where SMS does not answer.
    """
    with ThreadPoolExecutor(max_workers=CONCURRENT_READS) as pool:
        moids = [moid for moid in listed(session) if moid not in but_not]
        return [one for one in pool.map(lambda moid: _read_other(session, moid), sorted(moids)) if one is not None]


def unregister(session: VSphereSession, provider: Provider, deadline: waiting.Deadline) -> None:
    """Unregister a provider by its uid, and return when it is gone. One that is gone already is no failure.

    While SMS is busy it is tried again until the deadline, and a few times where SMS refused for what may have passed; after
    a lost answer SMS is asked what it did. Raises CertopsError.
    """
    what = f"Unregistering {provider.name}"
    for attempt in count(1):
        try:
            _change(session, what, lambda manager: manager.UnregisterProvider_Task(provider.provider_uid), deadline)
            return
        except CertopsError as error:
            gone = isinstance(error.__cause__, vim.fault.NotFound)
            if gone and not _is_listed(session, provider):
                return
            # SMS may say that it does not know what it lists all the same.
            repeatable = gone or isinstance(error, RepeatableError)
            worth_it = isinstance(error, TransientError) or (repeatable and attempt < ATTEMPTS)
            if not worth_it or deadline.passed:
                raise
        session.count_retry()
        if not _is_registered(session, provider):
            return
        deadline.clock.rest(min(RETRY_SECONDS, deadline.left_seconds))


def register(session: VSphereSession, offer: ProviderOffer, username: str, password: str, deadline: waiting.Deadline) -> None:
    """Register a provider, pinned to a certificate that was verified before, and return when SMS has it.

    After a lost answer, and where SMS refused for what may have passed, SMS is asked whether it has one of that url before it is
    tried again. Raises CertopsError.
    """
    what = f"Registering {offer.name}"
    specification = sms.provider.VasaProviderSpec(
        name=offer.name,
        description=offer.name,
        url=offer.url,
        username=username,
        password=password,
        certificate=offer.pem,
    )
    retry_unless_done(
        session.count_retry,
        lambda: _change(session, what, lambda manager: manager.RegisterProvider_Task(specification), deadline),
        lambda: _is_at(session, offer.url),
        deadline,
    )


def refresh(session: VSphereSession, registered: RegisteredProvider, method: str, deadline: waiting.Deadline) -> None:
    """Call VasaProviderSync_Task, VasaProviderReconnect_Task or VasaProviderRefreshCertificate_Task, by its pyVmomi name, and wait.

    Raises CertopsError.
    """
    what = f"{method} of {registered.provider.name}"

    def start() -> Any:
        provider = sms.provider.VasaProvider(registered.moid, session.sms_instance._stub)
        return getattr(provider, method)()

    task = session.change(what, start)
    wait_for_sms_task(session, task, what, deadline)


def _change(session: VSphereSession, what: str, start: Callable[[Any], Any], deadline: waiting.Deadline) -> None:
    """Have the storage manager start a task, and wait for its end. Raises CertopsError."""
    # A call that reads comes first: it is repeated where SMS is away in passing, and opens a session anew that has ended.
    session.read(what, lambda: storage_manager(session))
    # Asked for anew where the session had ended: the manager belongs to the session that it was asked for with.
    task = session.change(what, lambda: start(storage_manager(session)))
    wait_for_sms_task(session, task, what, deadline)


def _is_registered(session: VSphereSession, provider: Provider) -> bool:
    """Whether SMS has a provider, or may have it."""
    registered, unavailable = read_providers(session)
    return bool(unavailable) or _has(registered, provider)


def _is_listed(session: VSphereSession, provider: Provider) -> bool:
    """Whether SMS is seen to have a provider."""
    return _has(read_providers(session)[0], provider)


def _has(registered: Sequence[RegisteredProvider], provider: Provider) -> bool:
    return any(one.provider.provider_uid == provider.provider_uid for one in registered)


def _is_at(session: VSphereSession, url: str) -> bool:
    wanted = names.host_of_url(url)
    return any(names.host_of_url(one.provider.url) == wanted for one in read_providers(session)[0])


class _Patience:
    """How many providers were lost since the last that was answered, whatever the answer."""

    def __init__(self) -> None:
        self.lost = 0
        self._lock = threading.Lock()

    def saw(self, error: Optional[CertopsError]) -> None:
        """Count one that was read, or why it was not."""
        with self._lock:
            self.lost = self.lost + 1 if isinstance(error, TransientError) else 0


def _read_one(session: VSphereSession, moid: str, patience: _Patience) -> Any:
    if patience.lost >= MOST_LOST:
        return Unavailable("provider", moid, f"it was not asked for, as {MOST_LOST} others had been lost one after another")
    try:
        found = foreseen(f"reading the provider {moid}", lambda: _read(session, moid), consequence="Nothing was changed.")
    except CertopsError as error:
        patience.saw(error)
        return Unavailable("provider", moid, str(error))
    patience.saw(None)
    return found


def _read_info(session: VSphereSession, moid: str) -> Any:
    # Made anew from its id, so that it goes by the session of now and not by the one that listed it.
    return session.read(
        f"Reading the provider {moid}",
        lambda: sms.provider.VasaProvider(moid, session.sms_instance._stub).QueryProviderInfo(),
    )


def _is_iofilter(info: Any) -> bool:
    arrays = tuple(str(getattr(array, "arrayId", "") or "") for array in getattr(info, "relatedStorageArray", None) or ())
    return is_iofilter(
        url=_text(info, "url"),
        name=printable(_text(info, "name") or ""),
        namespace=_text(info, "namespace"),
        array_ids=arrays,
        category=_text(info, "category"),
    )


def _read_other(session: VSphereSession, moid: str) -> Optional[OtherProvider]:
    try:
        info = foreseen(f"reading the provider {moid}", lambda: _read_info(session, moid), consequence="Nothing was changed.")
    except CertopsError:
        return None
    if info is None or _is_iofilter(info):
        return None
    return OtherProvider(_shown(info, "uid") or moid, _shown(info, "name") or moid, _shown(info, "status"))


def _read(session: VSphereSession, moid: str) -> Any:
    info = _read_info(session, moid)
    if info is None:
        return Unavailable("provider", moid, "SMS gave no information on it")
    url = _text(info, "url")
    name = printable(_text(info, "name") or "")
    if url is None and name.lower().startswith(IOFILTER_NAME_PREFIX):
        return Unavailable("provider", name, "SMS gave no url for it")
    if not _is_iofilter(info):
        return None
    if not _text(info, "uid"):
        # It could neither be told from others nor be unregistered.
        return Unavailable("provider", name or url or moid, "SMS gave no uid for it")
    if not is_printable(f"{_text(info, 'uid')}{url}"):
        # Both identify it, so they stay as they are or are not used at all.
        return Unavailable("provider", name or moid, "its uid or its url holds control characters")
    return RegisteredProvider(_provider(info, url or ""), moid)


def _provider(info: Any, url: str) -> Provider:
    certificate = _certificate(_text(info, "certificate"))
    fault = getattr(info, "statusFault", None)
    synced = _shown(info, "lastSyncTime")
    return Provider(
        provider_uid=_text(info, "uid") or "",
        name=_shown(info, "name") or url,
        url=url,
        status=_shown(info, "status"),
        status_fault=describe(fault) if fault is not None else None,
        certificate=certificate,
        certificate_expires_at=certificate.expires_at if certificate else expiry_date(_text(info, "certificateExpiryDate")),
        certificate_status=_shown(info, "certificateStatus"),
        vasa_version=_shown(info, "vasaVersion"),
        last_sync=synced,
        retains_certificate=getattr(info, "retainVasaProviderCertificate", None),
    )


def expiry_date(text: Optional[str]) -> Optional[datetime]:
    """SMS's own date, where it is in a form that cannot be misread."""
    cleaned = " ".join((text or "").split())
    if not cleaned:
        return None
    if re.fullmatch(r"\d{13}", cleaned):
        return datetime.fromtimestamp(int(cleaned) / 1000, tz=timezone.utc)
    try:
        return times.from_text(cleaned)
    except ValueError:
        pass
    for form in _DATE_FORMATS:
        # Any zone but UTC would have to be guessed.
        if "%Z" in form and not re.search(r" (UTC|GMT) ", cleaned):
            continue
        try:
            return datetime.strptime(cleaned, form).replace(tzinfo=timezone.utc)
        except ValueError:
            continue
    return None


def _certificate(pem: Optional[str]) -> Optional[Certificate]:
    try:
        return parse(pem) if pem else None
    except CertificateError:
        return None


def _text(info: Any, name: str) -> Optional[str]:
    """A property that may be missing: a plain SmsProviderInfo has the first four only."""
    value = getattr(info, name, None)
    return None if value is None or value == "" else str(value)


def _shown(info: Any, name: str) -> Optional[str]:
    """A property for the eye, printable."""
    value = _text(info, name)
    return None if value is None else printable(value)
