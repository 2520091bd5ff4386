"""Decides the state of memory in files: live, forgotten edit, sent once, not committed, recompiled at the next turn.

Letta Code's local agents keep memory as Markdown in git. A turn after a commit gets the new memory once, beside the
old prompt; the record of the prompt then has the new memory, and the prompt itself stays as it was (measured on
0.34.12). So three texts are compared for each label: committed now, as recorded, and as it is in the prompt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.model.block import Block
from tui.model.errors import LettaError
from tui.model.local_memory import MemoryFile, MemoryFiles, PromptRecord
from tui.rules.memory.compiled_memory import INDEX, CompiledBlock, CompiledMemory, body_of, parse_local_prompt
from tui.rules.memory.label_states import FileValues, Label, LabelState, Memory, Relation

if TYPE_CHECKING:
    from tui.model.local_memory import LocalMemory
    from tui.model.opened import Opened

COMPILED_BY = "a compaction, a recompile in Letta Code or a new conversation"
"""What recompiles a prompt from the memory that is committed then."""

NOT_COMPILED = (
    "no prompt has been compiled for this conversation yet: its first turn compiles one from what is "
    "committed then"
)
OTHER_LAYOUT = "an older memory layout, with files in folders, which is not compared"

WHY = {
    LabelState.LIVE: "the model reads this text",
    LabelState.FORGOTTEN: "the model was sent a newer text once and has read the old one since, until "
    + COMPILED_BY,
    LabelState.SENT_ONCE: "committed since: the next turn is sent it once; the prompt has it only after "
    + COMPILED_BY,
    LabelState.NOT_COMMITTED: "edited in the work tree: no model reads it until it is committed",
    LabelState.RECOMPILED: "the agent's own prompt was changed, so the next turn compiles the prompt with this text",
}


def file_memory_of(opened: Opened, local: LocalMemory) -> Memory:
    """Return the memory in files of an opened conversation, the index last; nothing unknown is guessed."""
    prompt, files = _Prompt.of(local.prompt), local.files
    found = {_label(file): file for file in files.every} if isinstance(files, MemoryFiles) else {}
    blocks = {} if isinstance(opened.shared, LettaError) else {one.label or "": one for one in opened.shared}
    names = sorted({*found, *blocks, *prompt.names}, key=lambda name: (name == INDEX, name))
    labels = []
    for name in names:
        file = found.get(name)
        values = prompt.values(name, file)
        block = blocks.get(name)
        if block is None and values.committed is not None:
            description = None if file is None else file.description
            block = Block(
                id=f"{opened.agent.id}:{name}", label=name, value=values.committed, description=description
            )
        compiled = prompt.compiled.blocks.get(name) if prompt.compiled is not None else None
        value = None if compiled is None else compiled.value
        state, why = prompt.state(compiled, values, files)
        relation = Relation.NONE if block is None else Relation.SHARED
        labels.append(Label(name, None, block, value, relation, state, why, values))
    return Memory(tuple(labels), prompt.compiled, prompt.why)


def recompile_due(local: LocalMemory) -> bool:
    """Return whether the next turn recompiles the prompt, because the agent's own prompt was changed."""
    prompt = local.prompt
    compiled = not isinstance(prompt, LettaError) and prompt.content is not None
    return compiled and isinstance(prompt, PromptRecord) and prompt.raw_system_current is False


def differs(left: str | None, right: str | None) -> bool:
    """Return whether two values of a file differ as they are rendered: without frontmatter and blank lines around."""
    if left is None or right is None:
        return left is not right
    return body_of(left) != body_of(right)


def committed_since(values: FileValues) -> bool:
    """Return whether the next turn is sent a newer text than the record of the prompt has."""
    return values.recorded_known and differs(values.recorded, values.committed)


@dataclass(frozen=True)
class _Prompt:
    """The memory in a compiled prompt, and in its record; `compiled` is None where there is none, `why` says it."""

    compiled: CompiledMemory | None
    recorded: CompiledMemory | None
    why: str = ""
    due: bool = False
    """Whether the next turn recompiles it."""
    revision: str | None = None
    """The commit that its record has the memory of."""

    @classmethod
    def of(cls, record: PromptRecord | LettaError) -> _Prompt:
        if isinstance(record, LettaError):
            return cls(None, None, f"the prompt's record could not be read: {record.what}")
        if record.content is None:
            return cls(None, None, record.problem or NOT_COMPILED)
        recorded = parse_local_prompt(record.core_memory) if record.core_memory else None
        compiled = parse_local_prompt(record.content if record.memory is None else record.memory)
        if recorded is not None and record.core_memory and record.core_memory in record.content:
            # One and the same text, which is easier to take apart by itself; else the time is that of the record only.
            compiled = recorded if recorded.at is not None else replace(recorded, at=record.compiled_at)
        if recorded is not None and recorded.rendering == "none":
            recorded = None
        due = record.raw_system_current is False
        return cls(compiled, recorded, compiled.why, due=due, revision=record.revision)

    @property
    def names(self) -> set[str]:
        """The labels that the prompt or its record has."""
        return {name for memory in (self.compiled, self.recorded) if memory for name in memory.blocks}

    def values(self, name: str, file: MemoryFile | None) -> FileValues:
        """The values of a label other than the one in the prompt."""
        blocks: Mapping[str, CompiledBlock] = {} if self.recorded is None else self.recorded.blocks
        recorded = blocks.get(name)
        return FileValues(
            f"{name}.md" if file is None else file.path,
            None if file is None else file.committed,
            None if recorded is None else recorded.value,
            None if file is None else file.work_tree,
            self.recorded is not None and (recorded is None or recorded.value is not None),
        )

    def state(
        self, compiled: CompiledBlock | None, values: FileValues, files: MemoryFiles | LettaError
    ) -> tuple[LabelState, str]:
        """What the model reads of a label, and what that means."""
        unknown = _unknown_files(files)
        uncommitted = not unknown and differs(values.committed, values.work_tree)
        if self.compiled is None or self.compiled.rendering == "none":
            return _named(LabelState.NOT_COMMITTED) if uncommitted else (LabelState.UNKNOWN, self.why)
        if compiled is not None and compiled.value is None:
            return LabelState.UNKNOWN, compiled.why
        if self.compiled.rendering == "git" and values.committed is None and values.work_tree is None:
            return LabelState.UNKNOWN, OTHER_LAYOUT
        value = None if compiled is None else compiled.value
        forgotten = values.recorded_known and differs(value, values.recorded)
        if unknown:
            return _named(LabelState.FORGOTTEN) if forgotten else (LabelState.UNKNOWN, unknown)
        if differs(value, values.committed):
            if self.due:
                return _named(LabelState.RECOMPILED)
            sent = self.revision is not None and self.revision == getattr(files, "head", None)
            if forgotten or (sent and not values.recorded_known):
                return _named(LabelState.FORGOTTEN)
            return _named(LabelState.SENT_ONCE)
        return _named(LabelState.NOT_COMMITTED if uncommitted else LabelState.LIVE)


def _named(state: LabelState) -> tuple[LabelState, str]:
    return state, WHY[state]


def _label(file: MemoryFile) -> str:
    """The label of a file: its name, except the index, which is not a label."""
    return INDEX if file.path == INDEX else file.label or file.path.removesuffix(".md")


def _unknown_files(files: MemoryFiles | LettaError) -> str:
    """Return why it is not known what is committed, "" if it is."""
    if isinstance(files, LettaError):
        return f"the memory files could not be read: {files.what}"
    return "" if files.state == "ok" else files.problem or f"the memory files are not known ({files.state})"
