"""letta-tui from a checkout or an environment: `python -m tui`, or by the path of this file, as `serve` does."""

import sys
from pathlib import Path

if not __package__ and (root := str(Path(__file__).resolve().parents[1])) not in sys.path:
    sys.path.insert(0, root)

from tui.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
