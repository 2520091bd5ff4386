"""From one server to another: nothing of the old one goes along."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from tui.config.api_key_sources import ApiKeyCommand
from tui.config.config_file import Config, Profile
from tui.config.settings import resolve
from tui.config.switch_server import to_address, to_demo, to_profile

SECRET = "sk-let-VERYSECRET"
PROD = {
    "base_url": "https://prod.example",
    "api_key_env": "PROD",
    "readonly": True,
    "colour": "red",
    "agent": "Ada",
}
LAB = {"base_url": "http://lab.example", "allow_plain_http": True, "api_key_command": "false"}
CONFIG = Config(
    values={"page_size": 50},
    profiles={
        name: Profile(name, MappingProxyType(values), Path("config.toml"))
        for name, values in (("prod", PROD), ("lab", LAB))
    },
)
ENVIRON = {"PROD": SECRET, "LETTA_API_KEY": "other"}


def test_another_address_takes_nothing_of_the_profile_along() -> None:
    prod = resolve({"profile": "prod"}, ENVIRON, CONFIG)
    assert (prod.api_key, prod.readonly, prod.colour) == (SECRET, True, "red")
    found = to_address(prod, "https://x.example", None)
    assert (found.profile, found.api_key, found.api_key_command, found.colour) == (None, None, None, None)
    assert (found.readonly, found.agent, found.page_size) == (False, None, 50)
    assert found.sources["base_url"] == "entered here"
    assert not to_address(resolve({"profile": "lab"}, ENVIRON, CONFIG), "http://x", None).allow_plain_http


def test_the_same_address_keeps_its_profile_and_its_command() -> None:
    lab = resolve({"profile": "lab"}, ENVIRON, CONFIG)
    assert isinstance(lab.api_key_command, ApiKeyCommand)
    assert to_address(lab, lab.base_url, None).api_key_command is lab.api_key_command
    typed = to_address(lab, lab.base_url, "typed")
    assert (typed.profile, typed.api_key, typed.api_key_command) == ("lab", "typed", None)


def test_read_only_of_a_flag_goes_along() -> None:
    prod = resolve({"profile": "prod", "readonly": True}, ENVIRON, CONFIG)
    assert to_address(prod, "https://x.example", None).readonly
    assert to_profile(prod, "lab", CONFIG, ENVIRON).readonly
    assert not to_profile(resolve({"profile": "prod"}, ENVIRON, CONFIG), "lab", CONFIG, ENVIRON).readonly


def test_the_demo_has_no_profile_and_no_key() -> None:
    found = to_demo(resolve({"profile": "prod"}, ENVIRON, CONFIG))
    assert (found.demo, found.profile, found.api_key, found.colour) == ("self-hosted", None, None, None)


def test_another_profile_brings_its_own() -> None:
    found = to_profile(resolve({"demo": "self-hosted"}, ENVIRON, CONFIG), "prod", CONFIG, ENVIRON)
    assert (found.demo, found.profile, found.api_key) == (None, "prod", SECRET)
