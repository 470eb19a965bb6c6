"""An app of the Cloud Development Kit that makes the stacks of a module: its files, ready for `cdk synth`."""

from __future__ import annotations

from typing import Final

import msgspec

TOOLKIT: Final = "2.1148.1"
"""The `cdk` command that fits aws-cdk-lib 2; `aws-cdk@3` refuses what it writes."""

_APP: Final = '''"""The stacks that {module} declares: npx cdk synth --context env={env}"""

import aws_cdk as cdk

from dynalayer.infra.cdk import add_stacks

app = cdk.App()
add_stacks(app, "{module}", app.node.try_get_context("env") or "{env}")
app.synth()
'''


def app_files(module: str, env: str) -> dict[str, str]:
    """The files of the app: names, and what is in them."""
    return {
        "app.py": _APP.format(module=module, env=env),
        "cdk.json": _json({"app": "python app.py", "versionReporting": False}),
        "package.json": _json({"private": True, "devDependencies": {"aws-cdk": TOOLKIT}}),
        "requirements.txt": "dynalayer[cdk]\n",
    }


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
