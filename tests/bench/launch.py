"""The program with pages of a size that its settings do not allow, so that 100,000 rows are there at once.

python -m tests.bench.launch 100001 --base-url URL
"""

import os
import sys

from tui.cli import main
from tui.config.setting_rules import RULES, SettingRule

VARIABLE = "LETTA_TUI_BENCH_PAGE"

if __name__ == "__main__":
    os.environ[VARIABLE] = sys.argv[1]
    RULES["page_size"] = SettingRule(VARIABLE, int, int)
    sys.exit(main(sys.argv[2:]))
