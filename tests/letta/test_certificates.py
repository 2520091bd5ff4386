"""Which certificates a server is verified with, and one sentence for a variable that names none."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from tui.letta.certificates import verification
from tui.model.errors import BadSetting

CA = Path(__file__).parents[1] / "faults" / "tls" / "ca.pem"


def subjects(context: ssl.SSLContext) -> list[str]:
    return [str(one["subject"]) for one in context.get_ca_certs()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the certificate under the name by which OpenSSL looks for it."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl program, which computes the name")
    command = ["openssl", "x509", "-in", str(CA), "-noout", "-hash"]
    name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    found = tmp_path / "certificates"
    found.mkdir()
    shutil.copy(CA, found / f"{name}.0")
    return found


def test_a_file_of_the_environment_is_used_instead_of_the_usual_ones() -> None:
    (own,) = subjects(verification({"SSL_CERT_FILE": str(CA)}))
    usual = subjects(verification({}))
    assert len(usual) > 50
    assert own not in usual


def test_ca_file_wins_over_the_environment() -> None:
    assert len(subjects(verification({"SSL_CERT_FILE": "/nowhere", "SSL_CERT_DIR": "/nowhere"}, CA))) == 1


def test_an_empty_variable_is_none() -> None:
    assert len(subjects(verification({"SSL_CERT_FILE": "", "SSL_CERT_DIR": ""}))) > 50


def test_a_byte_order_mark_hides_no_certificate(tmp_path: Path) -> None:
    path = tmp_path / "marked.pem"
    path.write_bytes(b"\xef\xbb\xbf" + "# Zürich\n".encode() + CA.read_bytes())
    assert subjects(verification({"SSL_CERT_FILE": str(path)})) == subjects(verification({}, CA))
    assert subjects(verification({}, path)) == subjects(verification({}, CA))


def test_a_folder_of_the_environment_is_used(folder: Path) -> None:
    context = verification({"SSL_CERT_DIR": f"/nowhere:{folder}"})
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.get_ca_certs() == []  # they are looked up when a server shows its own


def bad_files(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "empty").touch()
    (tmp_path / "garbage").write_bytes(bytes(range(256)))
    (tmp_path / "mark").write_bytes(b"\xef\xbb\xbf")
    (tmp_path / "cut").write_bytes(CA.read_bytes()[:200])
    return {name: tmp_path / name for name in ("empty", "garbage", "mark", "cut", "missing")} | {
        "folder": tmp_path
    }


@pytest.mark.parametrize("kind", ["empty", "garbage", "mark", "cut", "missing", "folder"])
def test_a_file_without_certificates_is_one_sentence_that_names_the_variable(
    kind: str, tmp_path: Path
) -> None:
    path = bad_files(tmp_path)[kind]
    for environ, ca_file, source in (
        ({"SSL_CERT_FILE": str(path)}, None, "SSL_CERT_FILE"),
        ({}, path, "LETTA_TUI_CA_FILE"),
    ):
        with pytest.raises(BadSetting) as caught:
            verification(environ, ca_file, source)
        text = str(caught.value)
        assert text.startswith(f"{source} names a file ")
        assert str(path) in text
        assert "\n" not in text


@pytest.mark.parametrize("kind", ["missing", "empty", "file", "unnamed", "garbage"])
def test_a_folder_without_certificates_is_one_sentence_that_names_the_variable(
    kind: str, tmp_path: Path
) -> None:
    path = tmp_path / kind
    if kind == "file":
        shutil.copy(CA, path)
    elif kind != "missing":
        path.mkdir()
    if kind == "unnamed":
        shutil.copy(CA, path / "ca.pem")
    if kind == "garbage":
        (path / "01234567.0").write_bytes(b"garbage")
    with pytest.raises(BadSetting, match=r"^SSL_CERT_DIR does not name a folder of certificates"):
        verification({"SSL_CERT_DIR": str(path)})


def test_a_log_of_tls_keys_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "none" / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(path))
    with pytest.raises(BadSetting, match=r"^SSLKEYLOGFILE names a file that cannot be written"):
        verification({"SSL_CERT_FILE": str(CA), "SSLKEYLOGFILE": str(path)})
