"""Custom keys: what is refused, and what Textual needs to know beyond them."""

from __future__ import annotations

import pytest

from tui.actions import Action
from tui.config.keymap import check_keys, whole_keymap

SORT = Action("list.sort", "s", "Sort", "", "main")
FILTER = Action("list.filter", "slash", "Filter", "", "list")
FIND = Action("detail.find", "slash", "Find", "", "reader")
EVERYWHERE = (
    SORT,
    Action("app.help", "question_mark,f1", "Help", "", "main"),
    Action("move.down", "down,j", "Down", "", "view"),
)
PLACES = {
    "the list": (FILTER, *EVERYWHERE),
    "the detail": (FIND, *EVERYWHERE),
    "the editor": (
        Action("edit.save", "enter", "Save", "", "editor"),
        Action("edit.next", "ctrl+down", "Next", "", "editor"),
    ),
}
NAMES = {"?": "question_mark", "/": "slash"}


def named(text: str) -> str | None:
    return NAMES.get(text, text) if text != "foo" else None


def check(**wanted: str) -> list[tuple[str, str]]:
    return check_keys({name.replace("_", "."): keys for name, keys in wanted.items()}, PLACES, named)


@pytest.mark.parametrize("keys", ["o", "o,f4", " f4 , ctrl+o ", "s", "ctrl+down"])
def test_free_keys_are_fine(keys: str) -> None:
    assert check(list_sort=keys) == []


def test_an_unknown_id_is_told_with_the_nearest() -> None:
    assert check(list_srot="o") == [("list.srot", "is not an action; did you mean list.sort?")]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"list_sort": "j"}, "j does move.down (Down) in the same place"),
        ({"list_sort": "?"}, "question_mark does app.help (Help) in the same place"),
        ({"list_sort": "ctrl+c"}, "ctrl+c cannot be used: terminals use it to end programs"),
        ({"list_sort": "ctrl+i"}, "write tab"),
        ({"list_sort": "foo"}, "'foo' is not a key"),
        ({"list_sort": "o,"}, "'' is not a key"),
        ({"edit_save": "s"}, "s is a character that could no longer be typed there"),
        ({"edit_save": "ctrl+down"}, "ctrl+down does edit.next (Next)"),
    ],
)
def test_what_cannot_be_is_told(wanted: dict[str, str], said: str) -> None:
    ((_, problem),) = check(**wanted)
    assert said in problem


def test_two_acts_on_one_key_name_each_other() -> None:
    found = dict(check(list_sort="o", list_filter="o"))
    assert "list.filter (Filter)" in found["list.sort"]
    assert "list.sort (Sort)" in found["list.filter"]


def test_keys_can_be_exchanged() -> None:
    assert check(list_sort="slash", list_filter="s", detail_find="f") == []
    assert check(list_sort="/", list_filter="s") != []


def test_actions_of_two_places_may_share_a_key() -> None:
    assert check(list_filter="slash,f4") == []
    assert check(list_filter="x", detail_find="x") == []
    assert check(list_filter="s") != []


def test_who_shares_a_key_with_a_changed_act_is_told_its_own() -> None:
    together = [(FILTER, FIND, SORT)]
    assert whole_keymap({"list.filter": " f4 , o"}, together) == {
        "list.filter": "f4,o",
        "detail.find": "slash",
    }
    assert whole_keymap({"list.sort": "o"}, together) == {"list.sort": "o"}
