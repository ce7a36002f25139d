"""An OpenID provider's key page on this machine, with keys to sign with."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER = "https://login.example.org/realms/city"
AUDIENCE = "casebackbone"


class Provider:
    """Two keys in use, ``rsa`` and ``ec``. ``fetched`` counts looks at its page; ``up`` False makes it fail."""

    def __init__(self) -> None:
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())
        self.up = True
        self.fetched = 0
        self.url = ""

    def document(self) -> bytes:
        keys = [
            {**RSAAlgorithm.to_jwk(self.rsa.public_key(), as_dict=True), "kid": "rsa", "alg": "RS256", "use": "sig"},
            {**ECAlgorithm.to_jwk(self.ec.public_key(), as_dict=True), "kid": "ec", "alg": "ES256", "use": "sig"},
        ]
        return json.dumps({"keys": keys}).encode()

    def token(self, kid: str = "rsa", **claims: Any) -> str:
        key, algorithm = (self.rsa, "RS256") if kid == "rsa" else (self.ec, "ES256")
        return jwt.encode(self.claims(**claims), key, algorithm=algorithm, headers={"kid": kid})

    @staticmethod
    def claims(**other: Any) -> dict[str, Any]:
        """What a good token says; ``None`` leaves a claim out."""
        now = datetime.now(UTC)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "anna",
            "iat": now,
            "nbf": now,
            "exp": now + timedelta(minutes=10),
            "roles": ["front_agent"],
        }
        return {name: value for name, value in (claims | other).items() if value is not None}


@contextmanager
def provider() -> Iterator[Provider]:
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.fetched += 1
            self.send_response(200 if made.up else 500)
            self.end_headers()
            if made.up:
                self.wfile.write(made.document())

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/keys"
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
