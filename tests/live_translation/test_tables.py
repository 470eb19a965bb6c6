import os
import subprocess
import sys


def test_an_environment_may_name_its_tables() -> None:
    names = {"SESSIONS_TABLE_NAME": "Sessions-prod", "CACHED_TRANSLATIONS_TABLE_NAME": "Cache-prod"}
    code = "from live_translation.tables import TABLES; print([table.name for table in TABLES])"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **names}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['Sessions-prod', 'Connections', 'RateLimits', 'Cache-prod']"
