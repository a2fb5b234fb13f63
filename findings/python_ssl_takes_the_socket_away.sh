#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Python 3.11, 3.12 and 3.13: SSLContext.wrap_socket takes the descriptor away from the socket that it is given, before it begins the handshake.
#
# Seen: a thread that shuts the plain socket down to end a handshake that hangs gets "Bad file descriptor", and the handshake hangs on until the
# other side ends it. The socket's fileno() is -1 by then. Only who wraps with do_handshake_on_connect=False has the new object to shut down.
# The good guess: both objects are the same connection while the handshake runs, so that shutdown() on the plain one ends it, as it ends a
# recv() of another thread.
# Why it matters here: a deadline for the whole of connecting that is a timer on the plain socket ends nothing while the TLS handshake hangs,
# as with a vCenter behind a load balancer that accepts and says nothing; and a timer that ignores the error does not even tell.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/hang.py" <<'CODE'
import socket
import ssl
import sys
import threading

plain, peer = socket.socketpair()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
told, ended = [], threading.Event()


def deadline():
    peer.recv(1)  # The handshake has begun.
    try:
        plain.shutdown(socket.SHUT_RDWR)
        told.append("ended")
    except OSError as error:
        told.append(error.strerror)
    hangs = not ended.wait(1)
    told.append("hangs on" if hangs else "is over")
    peer.close()


watch = threading.Thread(target=deadline)
watch.start()
try:
    context.wrap_socket(plain)
except OSError:
    ended.set()
watch.join()
print(f"Python {sys.version.split()[0]}: shutdown of the plain socket: {told[0]}; the handshake {told[1]}; fileno {plain.fileno()}")
raise SystemExit(0 if told == ["Bad file descriptor", "hangs on"] and plain.fileno() == -1 else 1)
CODE
found=0
for version in 3.11 3.12 3.13; do
    for python in "$(command -v "python$version" || true)" "$HOME"/.pyenv/versions/"$version".*/bin/python; do
        if ! [ -x "$python" ] || ! "$python" -c "import sys; sys.exit(sys.version_info[:2] != ($(echo "$version" | tr . ,)))" 2>/dev/null; then
            continue
        fi
        "$python" "$work/hang.py"
        found=$((found + 1))
        break
    done
done
[ "$found" -gt 0 ] || { echo "there is no Python 3.11, 3.12 or 3.13 here"; exit 1; }
