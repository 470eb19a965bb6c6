"""AES-256-GCM as the room uses it."""

import sys

import pytest

from dynalayer.sealing.ciphers import Cipher, NotAuthentic


def test_it_is_aes_256_gcm_with_the_nonce_in_front() -> None:
    """Test case 14 of "The Galois/Counter Mode of Operation" (McGrew, Viega), appendix B."""
    sealed = Cipher(bytes(32)).seal(bytes(16), b"", bytes)
    assert sealed.hex() == "00" * 12 + "cea7403d4d606b6e074ec5d3baf39d18" + "d0d1c8a799996bf0265b98b5d48ab919"


def test_texts_too_short_to_be_sealed_are_refused() -> None:
    for length in range(28):
        with pytest.raises(NotAuthentic):
            Cipher(bytes(32)).open(bytes(length), b"")


def test_without_the_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'dynalayer\[sealing\]'"):
        Cipher(bytes(32))
