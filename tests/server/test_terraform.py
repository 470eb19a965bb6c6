"""Terraform's own provider makes, changes and destroys a table on the served engine, and then finds nothing to do.

Terraform and its provider come from no package registry, so these tests run where both are on the machine already.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

REGISTRIES = [
    *Path.home().glob(".terraform.d/plugins/*/hashicorp/aws"),
    *Path("/usr").glob("*/share/terraform/plugins/*/hashicorp/aws"),
    *Path("/opt").glob("*/*/hashicorp/aws"),
]
MIRROR = REGISTRIES[0].parents[2] if REGISTRIES else None
TERRAFORM = shutil.which("terraform")

pytestmark = pytest.mark.skipif(
    TERRAFORM is None or MIRROR is None, reason="terraform and a mirror of its AWS provider are not on this machine"
)

Terraform = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def terraform(tmp_path: Path) -> Terraform:
    """Runs terraform in a folder of this test's own, with plug-ins from the mirror alone."""
    settings = tmp_path / "terraform.rc"
    settings.write_text(f'provider_installation {{ filesystem_mirror {{ path = "{MIRROR}" }} }}')

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "TF_CLI_CONFIG_FILE": str(settings), "CHECKPOINT_DISABLE": "1"}
        command = [str(TERRAFORM), arguments[0], "-no-color", *arguments[1:]]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240)

    return run


def configuration(endpoint: str, name: str, index: str, team: str) -> dict[str, Any]:
    table = {
        "name": name,
        "billing_mode": "PAY_PER_REQUEST",
        "hash_key": "PK",
        "range_key": "SK",
        "stream_enabled": True,
        "stream_view_type": "NEW_AND_OLD_IMAGES",
        "attribute": [{"name": each, "type": "N" if each == "L" else "S"} for each in ("PK", "SK", "G", "L")],
        "global_secondary_index": [{"name": index, "hash_key": "G", "projection_type": "ALL"}],
        "local_secondary_index": [{"name": "LSI1", "range_key": "L", "projection_type": "KEYS_ONLY"}],
        "ttl": {"attribute_name": "expires", "enabled": True},
        "point_in_time_recovery": {"enabled": True},
        "tags": {"team": team},
    }
    provider = {
        "region": "us-east-1",
        "access_key": "test",
        "secret_key": "test",
        "skip_credentials_validation": True,
        "skip_metadata_api_check": True,
        "skip_requesting_account_id": True,
        "endpoints": [{"dynamodb": endpoint}],
    }
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
        "provider": {"aws": provider},
        "resource": {"aws_dynamodb_table": {"shop": table}},
    }


def test_a_table_is_made_changed_and_destroyed_and_then_there_is_nothing_to_do(
    terraform: Terraform, endpoint: str, tmp_path: Path
) -> None:
    name = f"terraform-{uuid4().hex[:8]}"
    made = tmp_path / "main.tf.json"
    made.write_text(json.dumps(configuration(endpoint, name, "GSI1", "a")))
    started = terraform("init")
    assert started.returncode == 0, started.stderr
    for index, team in (("GSI1", "a"), ("GSI2", "b")):
        made.write_text(json.dumps(configuration(endpoint, name, index, team)))
        applied = terraform("apply", "-auto-approve")
        assert applied.returncode == 0, applied.stderr
        planned = terraform("plan", "-detailed-exitcode")
        assert planned.returncode == 0, planned.stdout + planned.stderr
        assert "No changes" in planned.stdout
    destroyed = terraform("destroy", "-auto-approve")
    assert destroyed.returncode == 0, destroyed.stderr
