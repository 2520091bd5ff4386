"""The preview of a change to a memory block: the diff, who else reads it, its limit, and what the model reads."""

from __future__ import annotations

from collections.abc import Iterator

from tui.model.block import Block
from tui.model.opened import Opened
from tui.model.text import one_line, plural
from tui.presentation.changes.consequences import Consequences
from tui.presentation.diff import CONTEXT
from tui.presentation.item import Item, SideBySide, Text
from tui.rules.changes.block import BlockChange, Readers, Verb, label_of, with_change
from tui.rules.memory.isolation import next_compilation
from tui.rules.memory.label_states import LabelState

CAPTIONS = ("the current block", "after the change")
NAMES = 3
"""Maximum number of other agents to name."""

CONFIRM = {"edit": "Save it", "reset": "Reset it", "promote": "Promote it"}
SAVED = {"edit": "Saved", "reset": "Reset to the shared value", "promote": "Promoted to the shared block"}
NOT_SAVED = {"edit": "not saved", "reset": "not reset", "promote": "not promoted"}
NOTES = {
    "reset": "The block stays isolated: later changes of the shared block do not affect it.",
    "promote": "This conversation keeps its isolated block, which then has the same value.",
}
WRITES_BACK = (
    "A turn that is running now may restore the old value when it ends: it writes back all blocks as it read them "
    "before."
)
CHANGED = "! Somebody else has changed it since you began: you will be asked whose text to keep."
IN_GIT = (
    "This agent's memory is stored in git, and its blocks mirror it: a file there may overwrite this text. "
    "! does it anyway; y does not."
)


def title(verb: Verb, label: str) -> str:
    """Return the question before a change."""
    name = one_line(label, 60)
    if verb == "reset":
        return f"Reset “{name}” to the agent's shared value?"
    if verb == "promote":
        return f"Write this conversation's “{name}” into the agent's shared block?"
    return f"Save “{name}”?"


def editor_title(change: BlockChange) -> str:
    """Return the title of a block's editor."""
    return f"{'▣' if change.isolated else '▢'} {one_line(change.label, 60)} · {kind(change)}"


def editor_facts(change: BlockChange, block: Block) -> str:
    """Return the lines above the text: the block's limit, and its description if it has one."""
    limit = f"limit {block.limit:,} characters" if block.limit is not None else "limit not reported"
    described = f"\n{one_line(block.description, 200)}" if block.description else ""
    return f"{limit} · saving shows a preview first{described}"


def kind(change: BlockChange) -> str:
    """Return the kind of the block: this conversation's own, or the agent's shared one."""
    return "this conversation's own block" if change.isolated else "the agent's shared block"


def consequences(opened: Opened, change: BlockChange, block: Block, readers: Readers) -> Consequences:
    """Return what to show before a block is changed; `block` is its current state on the server."""
    git = opened.agent.keeps_memory_in_git
    lines = [_size(change, block)]
    lines += [CHANGED] if block.value not in (change.began_from, change.text) else []
    lines += _readers(opened, change, readers)
    lines.append(_until_when(opened, change))
    lines += [] if change.isolated else [_others(opened)]
    lines += [IN_GIT] if git else []
    confirm = CONFIRM[change.verb]
    return Consequences(
        "\n".join(lines), f"{confirm} anyway" if git else confirm, tuple(_items(change)), forced=git
    )


def _items(change: BlockChange) -> Iterator[Item]:
    """The diff, then the notes."""
    glyph, word = ("▣", "isolated") if change.isolated else ("▢", "shared")
    texts = SideBySide(_text(change.began_from), _text(change.text), CAPTIONS, marked=True, context=CONTEXT)
    yield Item(
        "block",
        glyph,
        word,
        word,
        title=one_line(change.label, 60),
        parts=(texts,),
        spaced=True,
        copy_id=change.block_id,
        copy_text=change.text,
    )
    notes = "\n".join(filter(None, (NOTES.get(change.verb), WRITES_BACK)))
    yield Item("notes", "·", "notes", "muted", parts=(Text(notes, "muted"),))


def _text(value: str) -> Text:
    return Text(value) if value else Text("(empty)", "muted")


def _size(change: BlockChange, block: Block) -> str:
    whose = kind(change)
    limit = (
        f"of {block.limit:,} characters"
        if block.limit is not None
        else "characters; its limit was not reported"
    )
    return f"{whose[:1].upper()}{whose[1:]}, {len(change.text):,} {limit}."


def _readers(opened: Opened, change: BlockChange, readers: Readers) -> Iterator[str]:
    """Sentences about who else reads the block."""
    if change.isolated:
        yield "Only this conversation reads it."
        return
    if opened.isolated is None:
        yield "This server does not report isolated blocks: a conversation may read one of its own instead."
    if readers.sharing is None:
        yield "Could not find out which other conversations read it."
    else:
        least = "at least " if not readers.whole else ""
        named = f"{least}{plural(readers.sharing, 'other conversation')} of this agent"
        named += "" if opened.conversation.is_default else " and its default one"
        own = (
            f"; {readers.own:,} {'has a block of its own' if readers.own == 1 else 'have blocks of their own'}"
            if readers.own
            else ""
        )
        own += f"; for {readers.unknown:,}, this is unknown" if readers.unknown else ""
        yield f"Also read by {named}{own}."
    if readers.agents is None:
        yield "Could not find out which other agents use it."
    elif readers.agents:
        names = [one_line(agent.title, 40) for agent in readers.agents[:NAMES]]
        more = len(readers.agents) - len(names)
        tail = f" and {more} more" if more else ""
        count = (
            f"at least {len(readers.agents)} other agents"
            if readers.more_agents
            else plural(len(readers.agents), "other agent")
        )
        yield f"! Also read by {count}: {', '.join(names)}{tail}."


def _until_when(opened: Opened, change: BlockChange) -> str:
    """A sentence about what this conversation's model reads after the change, and until when."""
    label = label_of(with_change(opened, change), change.label)
    who = "This conversation's model"
    if label is None:
        return f"{who} reads no block with this label."
    if label.block is not None and label.block.id != change.block_id:
        return f"{who} reads its own block, as before."
    if opened.conversation.is_default and _compiles_default(opened):
        return f"{who} reads it at once: each edit recompiles the default conversation."
    if label.state is LabelState.LIVE:
        return f"{who} already reads this text."
    if label.state is LabelState.UNKNOWN:
        return f"It is unknown what this conversation's model reads: {label.why}."
    if label.state is LabelState.STALE:
        return f"{who} reads an older value, until {next_compilation(opened)}."
    return f"State for this conversation's model: {label.state.value}: {label.why}."


def _others(opened: Opened) -> str:
    """A sentence about when other conversations read the change."""
    if opened.conversation.is_default or not _compiles_default(opened):
        return "Other conversations read an older value until they are recompiled."
    return "The default conversation reads it at once, the others once they are recompiled."


def _compiles_default(opened: Opened) -> bool:
    """Whether an edit of a shared block recompiles default conversations, as in Letta 0.16.7 and later (measured).

    These versions are recognized by `last_message_at`, which 0.16.7 introduced.
    """
    return not opened.supported.lacks("last_message_at")
