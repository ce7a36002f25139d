"""Signed checkpoints of the log: what was there at a moment, provable later without trusting the database.

A checkpoint is JSON: store epoch, time, position, number of events, root, pages, and an Ed25519 signature over all of
it in canonical form (sorted keys, no spaces). Keep it elsewhere: on paper, or with the auditor.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from casebackbone.ledger import Page, merkle_root


class BadCheckpoint(ValueError):
    """The file is no checkpoint, its signature is wrong, or it belongs to another store."""


def read_key(pem: bytes) -> Ed25519PrivateKey:
    """The key that signs. Raises BadCheckpoint for anything but an Ed25519 private key without a password."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise BadCheckpoint(f"the key cannot be read: {error}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadCheckpoint("the key must be Ed25519: openssl genpkey -algorithm ed25519 -out ledger-key.pem")
    return key


def public_key_of(key: Ed25519PrivateKey) -> str:
    """Base64 of the public key: what an auditor keeps to know the signer."""
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def sign(pages: Sequence[Page], *, store_epoch: UUID, at: datetime, key: Ed25519PrivateKey) -> dict[str, Any]:
    """A checkpoint of the whole log as these pages have it."""
    roots = [bytes.fromhex(page.root) for page in pages]
    claim = {
        "store_epoch": str(store_epoch),
        "created_at": at.isoformat(),
        "position": pages[-1].last if pages else 0,
        "count": sum(page.count for page in pages),
        "root": merkle_root(roots).hex(),
        "pages": [[page.first, page.last, page.count, page.root] for page in pages],
        "public_key": public_key_of(key),
    }
    return claim | {"signature": base64.b64encode(key.sign(_canonical(claim))).decode()}


def read(checkpoint: dict[str, Any], *, store_epoch: UUID, public_key: str | None = None) -> list[Page]:
    """The pages of a checkpoint whose signature holds. ``public_key``: the signer's, if the reader knows it.

    Raises BadCheckpoint. Without ``public_key`` the signature only shows that the file is whole, not who made it.
    """
    try:
        claim = {name: value for name, value in checkpoint.items() if name != "signature"}
        signer = str(claim["public_key"])
        verifier = Ed25519PublicKey.from_public_bytes(base64.b64decode(signer, validate=True))
        verifier.verify(base64.b64decode(checkpoint["signature"], validate=True), _canonical(claim))
        pages = [Page(*page) for page in claim["pages"]]
    except InvalidSignature:
        raise BadCheckpoint("the signature does not belong to this checkpoint: it was changed") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadCheckpoint(f"this is no checkpoint: {error}") from None
    if public_key is not None and signer != public_key:
        raise BadCheckpoint("the checkpoint was signed by somebody else")
    if claim["store_epoch"] != str(store_epoch):
        raise BadCheckpoint(f"the checkpoint is of store {claim['store_epoch']}, this one is {store_epoch}")
    return pages


def _canonical(claim: dict[str, Any]) -> bytes:
    return json.dumps(claim, sort_keys=True, separators=(",", ":")).encode()
