"""See the package."""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.live.install import LETTA_CODE_VERSION
from tests.live.letta_code.program import letta_code
from tests.live.letta_code.record import record
from tests.live.letta_code.seed import seed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.live.letta_code")
    parser.add_argument("what", choices=("seed", "run", "frames", "record"))
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--version", default=LETTA_CODE_VERSION)
    parser.add_argument("arguments", nargs="*")
    chosen = parser.parse_args()
    if chosen.what == "record":
        print(record(chosen.store.resolve()), end="")
        return
    with (
        tempfile.TemporaryDirectory(prefix="letta-tui-code-") as home,
        letta_code(os.environ, Path(home), chosen.store.resolve(), chosen.version) as code,
    ):
        if chosen.what == "seed":
            print(json.dumps(asdict(seed(code)), indent=1))
        elif chosen.what == "run":
            print(code.call(*chosen.arguments, check=False))
        else:
            with code.app_server() as server:
                for line in filter(str.strip, sys.stdin):
                    print(json.dumps(server.send(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
