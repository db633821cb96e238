"""Tokens are signed so that PyJWT verifies them, with every kind of key that a cluster accepts."""

import json
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from madang_server import ServerError, sign_token

who = {"issuer": "https://id.shop", "audience": "chat", "external_id": "customer-1"}
keys: dict[str, tuple[Any, Any]] = {
    "ES256": (ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "RS256": (rsa.generate_private_key(65537, 2048), RSAAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm),
}


def pem_of(key: Any) -> str:
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return str(key.private_bytes(pem, form, serialization.NoEncryption()).decode())


def refusal(**fields: Any) -> str:
    try:
        sign_token(**{**who, **fields})
    except ServerError as error:
        assert error.code == "invalid"
        return str(error)
    raise AssertionError(f"{fields} were taken")


for algorithm, (key, form) in keys.items():
    for given in (pem_of(key), {**json.loads(form.to_jwk(key)), "kid": "one"}):
        token = sign_token(**who, key=given, key_id="one", name="Kim", claims={"plan": "gold", "sub": "other"})
        said = jwt.decode(token, key.public_key(), algorithms=[algorithm], audience="chat", issuer="https://id.shop")
        assert (said["sub"], said["name"], said["plan"]) == ("customer-1", "Kim", "gold")
        assert said["exp"] - said["iat"] == 300
        assert jwt.get_unverified_header(token) == {"alg": algorithm, "typ": "JWT", "kid": "one"}
    assert "private key" in refusal(key={**json.loads(form.to_jwk(key.public_key())), "kid": "one"})

pem = pem_of(keys["ES256"][0])
assert "key_id" in refusal(key=pem)
assert "private key" in refusal(key="secret", key_id="one")
assert "private key" in refusal(key={"kty": "oct", "k": "c2VjcmV0", "kid": "one"})
assert "2,048" in refusal(key=pem_of(ec.generate_private_key(ec.SECP384R1())), key_id="one")
assert "life_seconds" in refusal(key=pem, key_id="one", life_seconds=0)
assert "life_seconds" in refusal(key=pem, key_id="one", life_seconds=86_401)
assert "external_id" in refusal(key=pem, key_id="one", external_id="")
print("passed")
