"""`letta-tui completion`: scripts for bash, zsh and fish, made from the declared arguments."""

from __future__ import annotations

from collections.abc import Iterator

from tui.commands.arguments import Command, CommandParser
from tui.commands.completion_tree import Node, Option, build_tree
from tui.commands.exit_codes import DONE
from tui.commands.invocation import Invocation
from tui.commands.output import write
from tui.commands.parser import build_parser

SHELLS = ("bash", "zsh", "fish")
PROFILE_NAMES = "letta-tui profile list --names 2>/dev/null"
"""The shell command that prints the names of profiles."""

BASH = """\
# letta-tui: completion for bash
_letta_tui_files() {{
    local IFS=$'\\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$cur"))
}}
_letta_tui() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev= path= word value=
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        prev=$word
        if [[ -n $value ]]; then value=; continue; fi
        case $word in
            {valued}) value=1 ;;
            -*) ;;
            *) case "$path/$word" in
                {paths}) path="$path/$word" ;;
            esac ;;
        esac
    done
    COMPREPLY=()
    if [[ -n $value ]]; then
        case $prev in
            {files}) _letta_tui_files ;;
            {profiles}) COMPREPLY=($(compgen -W "$({names})" -- "$cur")) ;;
{choices}
        esac
        return
    fi
    local words= files= profiles=
    case $path in
{nodes}
    esac
    if [[ -n $profiles && $cur != -* ]]; then words="$words $({names})"; fi
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    if [[ -n $files && $cur != -* ]]; then _letta_tui_files; fi
}}
complete -F _letta_tui letta-tui
"""


def run(invocation: Invocation) -> int:
    """Print the script for a shell."""
    make = {"bash": bash, "zsh": zsh, "fish": fish}[invocation.arguments["shell"]]
    write(make(build_tree(build_parser())))
    return DONE


def bash(root: Node) -> str:
    """The script for bash: words only, since it shows no descriptions."""
    options = [option for node in root.walk() for option in node.options]
    valued = dict.fromkeys(flag for option in options if option.value for flag in option.flags)
    files = dict.fromkeys(flag for option in options if option.takes_file for flag in option.flags)
    profiles = dict.fromkeys(flag for option in options if option.takes_profile for flag in option.flags)
    choices = {"|".join(option.flags): option.choices for option in options if option.choices}
    every = [node for node in root.walk() if node.path]
    return BASH.format(
        valued="|".join(valued),
        files="|".join(files),
        profiles="|".join(profiles),
        names=PROFILE_NAMES,
        paths="|".join(f"/{'/'.join(node.path)}" for node in every),
        choices="\n".join(
            f'            {flags}) COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$cur")) ;;'
            for flags, words in choices.items()
        ),
        nodes="\n".join(_bash_node(node) for node in root.walk()),
    )


def _bash_node(node: Node) -> str:
    words = [child.name for child in node.children] + list(node.choices)
    words += [flag for option in node.options for flag in option.flags]
    path = "".join(f"/{name}" for name in node.path) or '""'
    kinds = f"files={'1' * node.takes_file} profiles={'1' * node.takes_profile}"
    return f'        {path}) words="{" ".join(words)}" {kinds} ;;'


def zsh(root: Node) -> str:
    """The script for zsh, with what each word does."""
    functions = "\n".join(_zsh_function(node) for node in reversed(list(root.walk())))
    names = (
        f'_letta_tui_profiles() {{ local -a names; names=(${{(f)"$({PROFILE_NAMES})"}}); compadd -a names }}'
    )
    last = 'if [ "$funcstack[1]" = _letta_tui ]; then _letta_tui "$@"; else compdef _letta_tui letta-tui; fi'
    return f"#compdef letta-tui\n{names}\n{functions}\n{last}\n"


def _zsh_function(node: Node) -> str:
    name = "_".join(("_letta_tui", *node.path)).replace("-", "_")
    lines = [f"        {_zsh_option(option)} \\" for option in node.options]
    if not node.children:
        lines += [f"        {argument} \\" for argument in _zsh_arguments(node)]
        return "\n".join([f"{name}() {{", "    _arguments \\", *lines, "        && return", "}"])
    lines += ["        '1: :->command' \\", "        '*:: :->rest' && return"]
    described = " ".join(_quoted(f"{child.name}:{child.summary}") for child in node.children)
    cases = [f"            {child.name}) {name}_{child.name.replace('-', '_')} ;;" for child in node.children]
    return "\n".join(
        [
            f"{name}() {{",
            "    local curcontext=$curcontext state line commands",
            "    typeset -A opt_args",
            "    _arguments -C \\",
            *lines,
            "    case $state in",
            f"        command) commands=({described}); _describe command commands ;;",
            "        rest) case $line[1] in",
            *cases,
            "        esac ;;",
            "    esac",
            "}",
        ]
    )


def _zsh_option(option: Option) -> str:
    words = option.summary.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    value = ""
    if option.value:
        value = f":{option.value}:{_zsh_value(option)}"
    flags = option.flags[0] if len(option.flags) == 1 else "{" + ",".join(option.flags) + "}"
    if len(option.flags) == 1:
        return _quoted(f"{flags}[{words}]{value}")
    return f"{flags}{_quoted(f'[{words}]{value}')}"


def _zsh_value(option: Option) -> str:
    if option.takes_profile:
        return "_letta_tui_profiles"
    return "_files" if option.takes_file else _alternatives(option.choices)


def _zsh_arguments(node: Node) -> Iterator[str]:
    if node.choices:
        yield _quoted(f"1::word:{_alternatives(node.choices)}")
    if node.takes_profile:
        yield _quoted("1::profile:_letta_tui_profiles")
    yield _quoted("*::file:_files" if node.takes_file else "*: : ")


def _alternatives(words: tuple[str, ...]) -> str:
    return f"({' '.join(words)})" if words else " "


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def fish(root: Node) -> str:
    """The script for fish, with what each word does."""
    lines = ["# letta-tui: completion for fish", "complete -c letta-tui -f"]
    for node in root.walk():
        lines += _fish_node(node)
    return "\n".join(lines) + "\n"


def _fish_node(node: Node) -> Iterator[str]:
    seen = [f"__fish_seen_subcommand_from {name}" for name in node.path]
    below = " ".join(child.name for child in node.children)
    alone = f"not __fish_seen_subcommand_from {below}"
    if node.children:
        for child in node.children:
            where = "; and ".join([*seen, alone])
            yield f"complete -c letta-tui -n '{where}' -a {child.name} -d {_fish(child.summary)}"
    where = "; and ".join([*seen, alone] if node.children else seen)
    for word in node.choices:
        yield f"complete -c letta-tui -n '{where}' -a {word}"
    if node.takes_file:
        yield f"complete -c letta-tui -n '{where}' -F"
    if node.takes_profile:
        yield f"complete -c letta-tui -n '{where}' -a '({PROFILE_NAMES})'"
    for option in node.options:
        names = " ".join(
            f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags
        )
        value = ""
        if option.takes_file:
            value = " -r -F"
        elif option.takes_profile:
            value = f" -x -a '({PROFILE_NAMES})'"
        elif option.value:
            value = f" -x -a {_fish(' '.join(option.choices))}" if option.choices else " -x"
        yield f"complete -c letta-tui -n '{where}' {names}{value} -d {_fish(option.summary)}"


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


COMMAND = Command(
    name="completion",
    usage="bash|zsh|fish",
    summary="for bash, zsh or fish",
    description="""\
Print a script that completes commands, options and their values. Add to your
shell's startup file:

  bash: eval "$(letta-tui completion bash)"
  zsh:  eval "$(letta-tui completion zsh)"
  fish: letta-tui completion fish | source
""",
    exit_codes="Exit codes: 0 done, 2 usage.\n",
    add_arguments=add_arguments,
    run=run,
    needs_api_key=False,
)
