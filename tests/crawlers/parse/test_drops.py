import re
from pathlib import Path

import crawlers.parse
from crawlers.parse.drops import DROPS


def test_every_name_is_listed_and_every_listed_name_is_used() -> None:
    folder = Path(crawlers.parse.__file__).parent
    used = set()
    for file in sorted(folder.glob("*.py")):
        code = file.read_text(encoding="utf-8")
        used |= set(re.findall(r'UnreadableError\("(\w+)"\)|drops\["(\w+)"\]|drops=\{"(\w+)"', code))
    assert {"".join(names) for names in used} == set(DROPS)
    assert all(DROPS.values())
