"""Issuers of all kinds, good and bad; keys are made once since that takes a while."""

import json
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from live_translation.identity.tokens import Expected

from tests.live_translation.doubles import START

POOL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x"
COGNITO = Expected(POOL, "client")


@cache
def private(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(name: str) -> dict[str, Any]:
    return {**RSAAlgorithm.to_jwk(private(name).public_key(), as_dict=True), "kid": name, "use": "sig", "alg": "RS256"}


def document(*names: str) -> bytes:
    return json.dumps({"keys": [public(name) for name in names]}).encode()


def claims(**changes: Any) -> dict[str, Any]:
    whole = {
        "iss": POOL,
        "aud": "client",
        "token_use": "id",
        "sub": "ada",
        "exp": START + 3_600,
        "email": "ada@example.org",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def token(key: str = "one", *, kid: str | None = None, **changes: Any) -> str:
    return jwt.encode(claims(**changes), private(key), algorithm="RS256", headers={"kid": kid or key})
