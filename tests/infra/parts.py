"""Programs that judge what is written; where one is missing its tests are skipped, or fail where all must be there."""

import json
import os
import shutil
import subprocess
import sys

import pytest


def missing(what, how):
    if os.environ.get("DYNALAYER_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what} is not here: {how}")
    pytest.skip(f"{what} is not here: {how}")


def lint(templates, folder, *options):
    """What cfn-lint says of templates, by their names; nothing if they are clean."""
    program = shutil.which("cfn-lint", path=f"{sys.prefix}/bin")
    if program is None:
        missing("cfn-lint", "pip install cfn-lint")
    for name, template in templates.items():
        (folder / f"{name}.json").write_text(json.dumps(template))
    files = [str(path) for path in sorted(folder.iterdir())]
    done = subprocess.run([program, "--regions", "eu-west-1", *options, "--", *files], capture_output=True, text=True)
    return done.stdout + done.stderr
