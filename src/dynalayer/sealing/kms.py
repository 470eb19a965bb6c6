"""Data keys sealed by AWS KMS, through a client that the program gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from .errors import InvalidKeys, KeysUnavailable, SealingError, UnknownKey, WrongKey
from .keys import Context, DataKey

_NOT_ITS_OWN: Final = ("InvalidCiphertextException", "IncorrectKeyException")


class KmsClient(Protocol):
    """What is used of `boto3.client("kms")`."""

    def generate_data_key(self, *, KeyId: str, KeySpec: Any, EncryptionContext: Any) -> Any:  # noqa: N803
        """A new data key, plain and sealed (KMS API reference, GenerateDataKey)."""
        ...

    def decrypt(self, *, CiphertextBlob: bytes, KeyId: str, EncryptionContext: Any) -> Any:  # noqa: N803
        """The plain data key (KMS API reference, Decrypt)."""
        ...


class KmsKeys:
    """Keys that never leave AWS KMS: `KmsKeys(boto3.client("kms"), "arn:aws:kms:eu-west-1:...:key/...")`.

    `current` seals; values sealed with those of `earlier` are opened too, and with no others. A call to KMS is made
    for each new data key and for each one met that is not kept; it blocks, so that a program on an event loop runs what
    may call it by `asyncio.to_thread`. The names of table and entity are the encryption context, which policies can
    name and CloudTrail shows. Raises `InvalidKeys` for an alias, because values are kept longer than its meaning.
    """

    def __init__(self, client: KmsClient, current: str, *, earlier: Sequence[str] = ()) -> None:
        for name in (current, *earlier):
            if not name or name.startswith("alias/") or ":alias/" in name:
                raise InvalidKeys(
                    f"{name!r} names no KMS key for good: give its ARN or id; an alias may come to mean another key, "
                    "and what the one before has sealed would not open any more"
                )
        self._client = client
        self._names = (current, *earlier)

    @property
    def current(self) -> str:
        """The key that seals."""
        return self._names[0]

    def generate(self, context: Context) -> DataKey:
        """A new data key; raises `KeysUnavailable` if KMS does not give one."""
        try:
            made = self._client.generate_data_key(
                KeyId=self.current, KeySpec="AES_256", EncryptionContext=dict(context)
            )
        except Exception as error:
            raise _failure(self.current, error) from error
        return DataKey(self.current, made["CiphertextBlob"], made["Plaintext"])

    def unwrap(self, key: str, wrapped: bytes, context: Context) -> bytes:
        """The bytes of a data key; raises `UnknownKey`, `WrongKey` or `KeysUnavailable`."""
        if key not in self._names:
            raise UnknownKey(
                f"the value was sealed with KMS key {key!r}, which is not given: name it in earlier=", key=key
            )
        try:
            answer = self._client.decrypt(CiphertextBlob=wrapped, KeyId=key, EncryptionContext=dict(context))
        except Exception as error:
            raise _failure(key, error) from error
        plain: bytes = answer["Plaintext"]
        return plain

    def __repr__(self) -> str:
        return f"KmsKeys({', '.join(self._names)})"


def _failure(key: str, error: Exception) -> SealingError:
    """The error of a client of boto3, told apart by its code, so that botocore need not be there."""
    response: Any = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    if code in _NOT_ITS_OWN:
        return WrongKey(
            f"KMS key {key!r} did not seal the value, or what is stored was changed or is of another table or entity",
            key=key,
        )
    return KeysUnavailable(f"KMS key {key!r} cannot be used: {code or type(error).__name__}", code=code)
