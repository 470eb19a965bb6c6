"""Terraform with the AWS provider, where both are on the machine, and a stand-in of AWS for all but DynamoDB."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from tests.services.dynamodb_local import free_port

_START_SECONDS = 60
_MIRRORS = ("~/.terraform.d/plugins", "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins", "/opt/*")
_PROVIDER = "registry.terraform.io/hashicorp/aws"


@dataclass(frozen=True)
class Terraform:
    """The program and the folder of its providers; neither can be had from a registry, so tests skip without them."""

    program: str
    plugins: Path

    def run(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of Terraform's in a folder."""
        alone = {
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": os.devnull,
        }
        options = ["-no-color", *(["-input=false"] if words[0] in ("init", "plan", "apply") else [])]
        more = [f"-plugin-dir={self.plugins}"] if words[0] == "init" else []
        command = [self.program, words[0], *options, *more, *words[1:]]
        return subprocess.run(command, cwd=folder, env=os.environ | alone, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def terraform() -> Terraform:
    """Terraform with its provider; skips with the reason where one of them is missing."""
    program = shutil.which("terraform")
    if program is None:
        pytest.skip("terraform is not on this machine, and no registry has it")
    for pattern in _MIRRORS:
        root = Path(pattern).expanduser()
        for place in sorted(root.parent.glob(root.name)):
            if (place / _PROVIDER).is_dir():
                return Terraform(program, place)
    pytest.skip("terraform's AWS provider is in none of the places where it looks for local ones")


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The endpoint of a moto server: CloudWatch, SNS and the rest of AWS that a stack needs."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(endpoint):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail("moto's server did not start")
            time.sleep(0.1)
        yield endpoint
    finally:
        process.kill()
        process.wait()


def provider_override(dynamodb: str, others: str) -> str:
    """What makes a configuration speak to endpoints of this machine, as Terraform's override files do."""
    services = ("cloudwatch", "iam", "sns", "sts", "kms", "logs")
    settings: dict[str, Any] = {
        "region": "us-east-1",
        "access_key": "local",
        "secret_key": "local",
        "skip_credentials_validation": True,
        "skip_metadata_api_check": "true",
        "skip_requesting_account_id": True,
        "endpoints": [{"dynamodb": dynamodb} | dict.fromkeys(services, others)],
    }
    return json.dumps({"provider": {"aws": [settings]}})


def _answers(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/moto-api/data.json", timeout=5):
            return True
    except (URLError, OSError):
        return False
