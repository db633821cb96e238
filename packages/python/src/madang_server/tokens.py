"""Signs the JWTs with which users sign in."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from .errors import ServerError, invalid

_most_seconds = 86_400


def sign_token(
    *,
    key: Mapping[str, Any] | str,
    issuer: str,
    audience: str,
    external_id: str,
    name: str | None = None,
    key_id: str | None = None,
    life_seconds: int = 300,
    claims: Mapping[str, Any] | None = None,
) -> str:
    """Sign a JWT with which a user signs in, for the ``getToken`` of ``@madang/client``.

    ``key`` is your private key, as a JWK or as PEM. It signs with ES256 (P-256), RS256 (RSA of 2,048 bits or more) or EdDSA
    (Ed25519). ``key_id`` is the name of the public key among the issuer's keys; the default is the ``kid`` of the JWK.
    ``external_id`` is your own id of the user, as in ``put_user``. ``life_seconds`` is at most 86,400, and no more than the
    policy's ``maxLifeSeconds``. Raises ServerError if no cluster would accept the token.
    Requires ``pip install 'madang-server[jwt]'``.
    """
    jwt = _import_jwt()
    kid = key_id or (None if isinstance(key, str) else key.get("kid"))
    if not kid:
        raise invalid("Give a key_id, the `kid` of the public key in your issuer's keys.")
    if isinstance(life_seconds, bool) or not isinstance(life_seconds, int) or not 1 <= life_seconds <= _most_seconds:
        raise invalid(f"life_seconds must be a whole number from 1 to {_most_seconds}.")
    for field, value in {"issuer": issuer, "audience": audience, "external_id": external_id}.items():
        if not isinstance(value, str) or value == "":
            raise invalid(f"{field} is missing.")
    private_key, algorithm = _read_key(key)
    now = int(time.time())
    said = {"iss": issuer, "aud": audience, "sub": external_id, "iat": now, "exp": now + life_seconds}
    payload = {**(claims or {}), **({} if name is None else {"name": name}), **said}
    token: str = jwt.encode(payload, private_key, algorithm=algorithm, headers={"kid": kid})
    return token


def _import_jwt() -> ModuleType:
    try:
        import jwt
    except ImportError as cause:
        raise ImportError("sign_token needs more packages: pip install 'madang-server[jwt]'") from cause
    return jwt


def _read_key(key: Mapping[str, Any] | str) -> tuple[Any, str]:
    """Returns the key and its signature algorithm."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        read = load_pem_private_key(key.encode(), password=None) if isinstance(key, str) else _key_of_jwk(key)
    except Exception as cause:
        raise _no_private_key() from cause
    if isinstance(read, ec.EllipticCurvePrivateKey) and isinstance(read.curve, ec.SECP256R1):
        return read, "ES256"
    if isinstance(read, rsa.RSAPrivateKey) and read.key_size >= 2_048:
        return read, "RS256"
    if isinstance(read, ed25519.Ed25519PrivateKey):
        return read, "EdDSA"
    if not hasattr(read, "private_bytes"):
        raise _no_private_key()
    raise invalid("key must be of P-256, of Ed25519, or of RSA with 2,048 bits or more.")


def _key_of_jwk(jwk: Mapping[str, Any]) -> object:
    from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

    if jwk["kty"] == "EC":
        return ECAlgorithm.from_jwk(dict(jwk))
    return (RSAAlgorithm if jwk["kty"] == "RSA" else OKPAlgorithm).from_jwk(dict(jwk))


def _no_private_key() -> ServerError:
    return invalid("key is no private key, neither a JWK nor PEM.")
