#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# vmware-vcenter 9.1.1.0 and vmware-vapi-runtime 9.1.1.0 (the vSphere Automation SDK for Python): a client that was given a session of somebody else's
# by `session_id` logs that session out when it is no longer referred to, and replaces the adapters of the requests.Session that it is given.
#
# Seen: create_vsphere_client(session_id="lent") makes no call. As soon as the function that made it returns, `session.delete` is sent with
# "lent". The adapter that was mounted at https:// before is gone from the requests.Session, and with it the retries that it had.
# The good guess: who did not log in does not log out; and a Session that is passed in is used as it is.
# Why it matters here: whoever hands the REST session of a run to a script with this SDK, to save a login, ends the run's session with the first client
# that goes out of scope, and SPS can neither be asked nor restarted until there is another login. And retries, or the adapter of a proxy or a TLS
# context, that somebody gave to the requests.Session do not hold. So no session is shared with it, and what has to hold is set again afterwards.
# It needs openssl.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check vmware-vcenter==9.1.1.0 vmware-vapi-runtime==9.1.1.0 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
cat >"$work/lend.py" <<'CODE'
import gc
import http.server
import json
import pathlib
import ssl
import sys
import threading

import requests
from vmware.vapi.vsphere.client import create_vsphere_client

work = pathlib.Path(sys.argv[1])
calls = []


class VCenter(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = call["params"]
        calls.append((asked["serviceId"], asked["operationId"], asked["ctx"]["securityCtx"].get("sessionId")))
        answer = json.dumps({"jsonrpc": "2.0", "id": call["id"], "result": {"output": None}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), VCenter)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(work / "cert.pem", work / "key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()

session = requests.Session()
session.trust_env = False
session.verify = str(work / "cert.pem")
mine = requests.adapters.HTTPAdapter(max_retries=2)
session.mount("https://", mine)


def look():
    client = create_vsphere_client(f"localhost:{server.server_port}", session=session, session_id="lent")
    print("calls while there is a client:", calls, "and its session:", client.get_session_id())


look()
gc.collect()
kept = session.get_adapter("https://localhost/") is mine
print("calls afterwards:", calls)
print("the adapter that was mounted is", "kept" if kept else "replaced")
raise SystemExit(0 if calls == [("com.vmware.cis.session", "delete", "lent")] and not kept else "this has changed")
CODE
"$work/venv/bin/python" "$work/lend.py" "$work"
