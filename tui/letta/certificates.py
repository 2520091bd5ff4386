"""The certificates that a server is verified with: those of a file, of the environment, else the usual ones."""

from __future__ import annotations

import codecs
import os
import re
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tui.model.errors import BadSetting

HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")
"""The name by which OpenSSL looks for a certificate in a folder."""


def verification(
    environ: Mapping[str, str], ca_file: Path | None = None, source: str = "ca_file"
) -> ssl.SSLContext:
    """How certificates are verified: by `ca_file`, which `source` names, else SSL_CERT_FILE, else SSL_CERT_DIR.

    Without any of these, by the certificates that come with httpx. Raises BadSetting, which names the variable.
    """
    trusted = _trusted(environ, ca_file, source)
    try:
        return ssl.create_default_context(**trusted)
    except ssl.SSLError:
        named = ca_file or environ.get("SSL_CERT_FILE")
        if not named:
            raise
        name = source if ca_file else "SSL_CERT_FILE"
        raise BadSetting(f"{name} names a file without certificates in PEM form: {named}") from None
    except OSError as error:
        log = environ.get("SSLKEYLOGFILE")
        raise BadSetting(
            f"SSLKEYLOGFILE names a file that cannot be written: {log} ({error.strerror})"
        ) from None


def no_verification() -> ssl.SSLContext:
    """For plain http, where loading certificates would only cost time."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _trusted(environ: Mapping[str, str], ca_file: Path | None, source: str) -> dict[str, Any]:
    """What `ssl.create_default_context` is to trust."""
    if ca_file is not None:
        return _file(source, ca_file)
    if path := environ.get("SSL_CERT_FILE"):
        return _file("SSL_CERT_FILE", Path(path))
    if folders := environ.get("SSL_CERT_DIR"):
        _check_folders(folders)
        return {"capath": folders}
    import certifi

    return {"cafile": certifi.where()}


def _file(name: str, path: Path) -> dict[str, Any]:
    """The certificates of a file; one that begins with a byte-order mark is given to OpenSSL without it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadSetting(f"{name} names a file that cannot be read: {path} ({error.strerror})") from None
    if not data.startswith(codecs.BOM_UTF8):
        return {"cafile": path}
    return {"cadata": data.decode("ascii", errors="ignore") or " "}


def _check_folders(value: str) -> None:
    """Refuse folders in which OpenSSL would find nothing, about which it says nothing itself."""
    if not any(_is_certificate(path) for folder in value.split(os.pathsep) for path in _hashed(folder)):
        words = "does not name a folder of certificates prepared with `openssl rehash`"
        raise BadSetting(f"SSL_CERT_DIR {words}: {value}")


def _hashed(folder: str) -> Iterator[str]:
    """The files of a folder that OpenSSL would look at."""
    try:
        names = os.listdir(folder) if folder else []
    except OSError:
        return
    yield from (os.path.join(folder, name) for name in names if HASHED.fullmatch(name))


def _is_certificate(path: str) -> bool:
    """Return whether OpenSSL can read a certificate from the file."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except OSError:
        return False
    return True
