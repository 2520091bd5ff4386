import pytest

from tui.config.address import check_api_key, check_base_url
from tui.config.problems import SettingsError
from tui.letta.base_url import is_loopback


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://localhost:8283", "http://localhost:8283"),
        ("  http://localhost:8283\n", "http://localhost:8283"),
        ("http://localhost:8283/", "http://localhost:8283"),
        ("http://localhost:8283///", "http://localhost:8283"),
        ("http://localhost:8283/v1", "http://localhost:8283"),
        ("http://localhost:8283/v1/", "http://localhost:8283"),
        ("http://localhost:8283//v1/", "http://localhost:8283"),
        ("https://Letta.Example/Team-A/letta/v1/", "https://letta.example/Team-A/letta"),
        ("https://letta.example/apiv1", "https://letta.example/apiv1"),
        ("HTTPS://letta.example", "https://letta.example"),
        ("http://localhost:", "http://localhost"),
        ("localhost:8283", "http://localhost:8283"),
        ("localhost", "http://localhost"),
        ("127.0.0.1:8283/v1", "http://127.0.0.1:8283"),
        ("127.1.2.3", "http://127.1.2.3"),
        ("0.0.0.0:8283", "http://0.0.0.0:8283"),
        ("[::1]:8283", "http://[::1]:8283"),
        ("letta.example:8283", "https://letta.example:8283"),
        ("127.example.com", "https://127.example.com"),
        ("192.168.1.5:8283", "https://192.168.1.5:8283"),
        ("http://[fe80::1]:8283", "http://[fe80::1]:8283"),
        ("http://bücher.example", "http://bücher.example"),
        ("http://my_host:8283", "http://my_host:8283"),
    ],
)
def test_an_address_takes_one_form(text: str, address: str) -> None:
    assert check_base_url(text) == address
    assert check_base_url(address) == address


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", "name a host"),
        ("http://", "name a host"),
        ("http:///v1", "name a host"),
        ("http://:8283", "name a host"),
        ("http://host:port", "name a host"),
        ("http://host:0", "name a host"),
        ("http://host:99999", "name a host"),
        ("http://a\\b", "name a host"),
        ("http://[::1", "name a host"),
        ("http://[::1]x", "name a host"),
        ("http://[nope]", "name a host"),
        ("http://a[::1]", "name a host"),
        ("::1", "name a host"),
        ("http:localhost", "name a host"),
        ("ftp://host", "http:// or https://"),
        ("file:///etc/passwd", "http:// or https://"),
        ("http://host?x=1", "without ? or #"),
        ("http://host/#", "without ? or #"),
        ("http://ho st", "spaces or control"),
        ("http://ho\tst", "spaces or control"),
        ("http://host/\x1b[31m", "spaces or control"),
        ("http://host/\u202e", "spaces or control"),
    ],
)
def test_what_no_server_can_have_is_refused(text: str, allowed: str) -> None:
    with pytest.raises(SettingsError, match=r"^The base URL must ") as caught:
        check_base_url(text)
    assert allowed in str(caught.value)


@pytest.mark.parametrize(
    "text", ["http://me:s3cret@host", "me:s3cret@host", "http://s3cret@host/", "http://h/s3cret@x"]
)
def test_a_password_in_the_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(SettingsError, match="LETTA_API_KEY") as caught:
        check_base_url(text)
    assert "s3cret" not in str(caught.value)


def test_a_token_in_the_query_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        check_base_url("http://host/?token=s3cret")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "key"), [("sk-1", "sk-1"), (" sk-1\r\n", "sk-1"), ("", None), (" \n", None)]
)
def test_a_key_loses_the_blanks_around_it(text: str, key: str | None) -> None:
    assert check_api_key(text) == key


@pytest.mark.parametrize(
    "text", ["Bearer s3cret", "s3\ncret", "s3crét", "s3cret\0", "s3\u00a0cret", "s3\ud83dcret"]
)
def test_a_key_that_no_header_can_carry_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(SettingsError, match="API key must be printable ASCII") as caught:
        check_api_key(text)
    assert text not in str(caught.value)
    assert "cr" not in str(caught.value).replace("ASCII", "")


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("http://localhost:8283", True),
        ("http://localhost.:8283", True),
        ("http://letta.localhost", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8283", True),
        ("http://0.0.0.0:8283", True),
        ("http://127.0.0.1.example.com", False),
        ("http://localhost.example.com", False),
        ("http://192.168.1.5", False),
        ("http://[::2]", False),
        ("http://[broken", False),
        ("", False),
    ],
)
def test_loopback_is_told_from_names_that_look_like_it(address: str, answer: bool) -> None:
    assert is_loopback(address) is answer


@pytest.mark.parametrize("text", ["htp:/foo", "http:/localhost:8283", "https:/letta.test", "a:/"])
def test_a_scheme_with_one_slash_is_no_host(text: str) -> None:
    with pytest.raises(SettingsError, match="must begin with http:// or https://"):
        check_base_url(text)
