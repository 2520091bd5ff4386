"""Which proxy of the environment a server is reached through: all forms of NO_PROXY and of a proxy."""

from __future__ import annotations

import pytest

from tui.letta.proxy import find_proxy, skips_proxy
from tui.model.errors import BadSetting

NAME = "https://letta.example.com"
V4 = "https://192.0.2.2:18443"
V6 = "https://[2001:db8::7]:8443"
PROXY = "http://proxy.example.com:3128"


@pytest.mark.parametrize(
    ("base_url", "no_proxy"),
    [
        (NAME, "letta.example.com"),
        (NAME, "LETTA.Example.COM"),
        (NAME, "example.com"),
        (NAME, ".example.com"),
        (NAME, "*.example.com"),
        (NAME, "com"),
        (NAME, "letta.example.com."),
        ("https://letta.example.com.", "example.com"),
        ("https://example.com", ".example.com"),
        ("https://example.com", "*.example.com"),
        (NAME, "*"),
        (NAME, "localhost, 127.0.0.1 ,[::1],fe80::/10 ,, example.com"),
        (NAME, "localhost 127.0.0.1\texample.com"),
        (NAME, "localhost,*"),
        (NAME, "letta.example.com:443"),
        (NAME, ".example.com:443"),
        ("http://letta.example.com", "letta.example.com:80"),
        ("https://letta.example.com:8443/prefix", "letta.example.com:8443"),
        (NAME, "https://letta.example.com/"),
        (NAME, "all://letta.example.com"),
        (V4, "192.0.2.2"),
        (V4, "192.0.2.2:18443"),
        (V4, "192.0.2.0/24"),
        (V4, "192.0.2.2/24"),
        (V4, "192.0.2.2/32"),
        (V4, "0.0.0.0/0"),
        (V4, "*"),
        (V6, "2001:db8::7"),
        (V6, "2001:DB8:0:0::7"),
        (V6, "[2001:db8::7]"),
        (V6, "[2001:db8::7]:8443"),
        (V6, "2001:db8::/32"),
        (V6, "[2001:db8::]/32"),
        ("https://[fe80::1%25eth0]", "fe80::/10"),
    ],
)
def test_a_server_that_no_proxy_lists_is_reached_directly(base_url: str, no_proxy: str) -> None:
    assert skips_proxy(base_url, no_proxy)
    assert find_proxy(base_url, {"ALL_PROXY": PROXY, "NO_PROXY": no_proxy}) is None


@pytest.mark.parametrize(
    ("base_url", "no_proxy"),
    [
        (NAME, ""),
        (NAME, " , ,"),
        (NAME, "."),
        (NAME, "*."),
        (NAME, "ample.com"),
        (NAME, "notletta.example.com"),
        (NAME, "a.letta.example.com"),
        (NAME, "letta.example"),
        ("https://notexample.com", ".example.com"),
        (NAME, "letta.example.com:8443"),
        (NAME, "letta.example.com:port"),
        (NAME, "letta.example.com:443443443"),
        (NAME, "http://letta.example.com"),
        (NAME, "[::1]"),
        (NAME, "::1/128"),
        (NAME, "fe80::/10"),
        (NAME, "0.0.0.0/0"),
        (NAME, "[letta.example.com"),
        (NAME, "letta.example.com]"),
        (V4, "192.0.2.3"),
        (V4, "192.0.3.0/24"),
        (V4, "192.0.2.0/99"),
        (V4, "192.0.2/24"),
        (V4, "192.0.2.2:443"),
        (V4, "2.2"),
        (V4, ".2"),
        (V4, "::/0"),
        (V6, "2001:db8::8"),
        (V6, "[2001:db8::7]:443"),
        (V6, "2001:db9::/32"),
        (V6, "[2001:db8::7"),
        (V6, "0.0.0.0/0"),
    ],
)
def test_any_other_server_is_reached_through_the_proxy(base_url: str, no_proxy: str) -> None:
    assert not skips_proxy(base_url, no_proxy)
    assert find_proxy(base_url, {"ALL_PROXY": PROXY, "NO_PROXY": no_proxy}) is not None


@pytest.mark.parametrize(
    ("environ", "variable"),
    [
        ({"HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        ({"https_proxy": PROXY}, "https_proxy"),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"}, "https_proxy"),
        ({"https_proxy": " ", "HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        ({"ALL_PROXY": PROXY}, "ALL_PROXY"),
        ({"all_proxy": PROXY, "ALL_PROXY": "http://other:1"}, "all_proxy"),
        ({"all_proxy": "http://other:1", "HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        ({"HTTP_PROXY": "http://other:1"}, None),
        ({"HTTPS_PROXY": ""}, None),
        ({}, None),
        ({"HTTPS_PROXY": PROXY, "no_proxy": "other", "NO_PROXY": "*"}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": PROXY, "no_proxy": "", "NO_PROXY": "*"}, None),
    ],
)
def test_lower_case_counts_first_and_the_own_scheme_before_all(
    environ: dict[str, str], variable: str | None
) -> None:
    proxy = find_proxy(NAME, environ)
    assert (proxy and proxy.variable) == variable
    assert proxy is None or proxy.url == PROXY


def test_http_has_a_variable_of_its_own() -> None:
    proxy = find_proxy("http://letta.example.com", {"HTTP_PROXY": PROXY, "HTTPS_PROXY": "http://other:1"})
    assert proxy is not None
    assert proxy.variable == "HTTP_PROXY"


@pytest.mark.parametrize(
    "base_url", ["http://localhost:8283", "https://127.0.0.1", "http://[::1]:8283", "http://0.0.0.0:1"]
)
def test_this_machine_is_never_reached_through_a_proxy(base_url: str) -> None:
    assert find_proxy(base_url, {"ALL_PROXY": "http://nonsense:port", "NO_PROXY": "[::1"}) is None


@pytest.mark.parametrize(
    ("value", "url", "host"),
    [
        (PROXY, PROXY, "proxy.example.com:3128"),
        (f" {PROXY}/ ", PROXY, "proxy.example.com:3128"),
        ("proxy.example.com:3128", PROXY, "proxy.example.com:3128"),
        ("127.0.0.1:9", "http://127.0.0.1:9", "127.0.0.1:9"),
        ("HTTP://Proxy.Example.Com", "http://proxy.example.com", "proxy.example.com"),
        ("https://proxy:8443", "https://proxy:8443", "proxy:8443"),
        ("socks5h://proxy:1080", "socks5h://proxy:1080", "proxy:1080"),
        ("http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128", "[2001:db8::1]:3128"),
    ],
)
def test_a_proxy_takes_one_form(value: str, url: str, host: str) -> None:
    proxy = find_proxy(NAME, {"HTTPS_PROXY": value})
    assert proxy is not None
    assert (proxy.url, proxy.host, proxy.login) == (url, host, None)
    assert str(proxy) == f"proxy {host} (HTTPS_PROXY)"


@pytest.mark.parametrize(
    ("value", "login"),
    [
        ("http://robin:SECRET@proxy:3128", ("robin", "SECRET")),
        ("robin:SECRET@proxy:3128", ("robin", "SECRET")),
        ("http://robin:SEC%40RET%2F@proxy:3128", ("robin", "SEC@RET/")),
        ("http://robin:SEC@RET@proxy:3128", ("robin", "SEC@RET")),
        ("http://robin@proxy:3128", ("robin", "")),
    ],
)
def test_user_and_password_are_apart_and_never_shown(value: str, login: tuple[str, str]) -> None:
    proxy = find_proxy(NAME, {"HTTPS_PROXY": value})
    assert proxy is not None
    assert proxy.login == login
    assert proxy.url == "http://proxy:3128"
    shown = f"{proxy} {proxy!r} {proxy.login!r} {proxy.url} {proxy.host}"
    assert not {"SEC", "RET", "robin"} & {word for word in ("SEC", "RET", "robin") if word in shown}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("http://proxy:99999", "must name a host and a port"),
        ("http://proxy:port", "must name a host and a port"),
        ("http://proxy:0", "must name a host and a port"),
        ("http://:3128", "must name a host and a port"),
        ("http://", "must name a host and a port"),
        ("http://[::1", "must name a host and a port"),
        ("http://pro xy:1", "without spaces"),
        ("http://proxy\udcff:1", "control characters"),
        ("gopher://proxy:70", "unknown kind: use http, https, socks5 or socks5h"),
        ("socks://proxy:1080", "unknown kind"),
        ("robin:SEC#RET@proxy:3128", "%23"),
        ("http://robin:77/SECRET@proxy:3128", "%2F"),
        ("http://robin:77?SECRET@proxy:3128", "%3F"),
        ("http://robin:SECRET@proxy:port", "must name a host and a port"),
        ("http://robin:SEC RET@proxy:3128", "without spaces"),
    ],
)
def test_what_is_no_proxy_is_one_sentence_that_names_the_variable(value: str, words: str) -> None:
    with pytest.raises(BadSetting) as caught:
        find_proxy(NAME, {"https_proxy": value})
    text = str(caught.value)
    assert text.startswith("https_proxy ")
    assert words in text
    assert "\n" not in text
    assert not any(secret in text for secret in ("SEC", "RET", "robin", "77"))
