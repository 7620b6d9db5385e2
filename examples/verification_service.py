"""Decides who may join which room: the server asks it for everybody who joins (`room.auth.verify.url`).

    python examples/verification_service.py
    roomful serve --config roomful.yaml --set room.auth.verify.url=http://127.0.0.1:8099/verify

Tokens stand for people here; yours would come from your own sign-in.
"""

import argparse
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PEOPLE = {
    "token-of-ann": {"user_id": "ann", "user_name": "Ann", "role": "host"},
    "token-of-bob": {"user_id": "bob", "user_name": "Bob", "extra": {"vip": 1}},
}


class Verify(BaseHTTPRequestHandler):
    """Answers `POST /verify` with who somebody is, or with why it is refused."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        person = PEOPLE.get(asked["token"])
        answer = {"ok": True, **person} if person else {"ok": False, "message": "sign in first"}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--port", type=int, default=8099)
    port: int = arguments.parse_args().port
    print(f"verifying at http://127.0.0.1:{port}/verify", flush=True)
    ThreadingHTTPServer(("127.0.0.1", port), Verify).serve_forever()
