"""What Terraform makes of the configuration, with a client of Go's: tables on the engine's server, the rest on moto."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner

from dynalayer import Database
from dynalayer.cli.commands import cli
from dynalayer.infra import declared_by, deployed_tables, known_keys, load_environment, plan_changes
from tests.services.terraform import Terraform, provider_override

pytestmark = pytest.mark.xdist_group("terraform")
MODULE = "live_translation.infrastructure"


@pytest.mark.parametrize("stack", ["translation-pipeline"])
def test_terraform_makes_what_is_declared_and_then_finds_nothing_to_change(
    terraform: Terraform, dynalayer_served: str, moto_server: str, tmp_path: Path, stack: str
) -> None:
    urllib.request.urlopen(urllib.request.Request(f"{moto_server}/moto-api/reset", method="POST")).close()
    written = CliRunner().invoke(
        cli, ["infra", MODULE, "--format", "terraform", "--env", "dev", "--stack", stack, "--out", str(tmp_path)]
    )
    assert written.exit_code == 0, written.output
    (made,) = tmp_path.rglob("main.tf.json")
    folder = made.parent
    (folder / "here_override.tf.json").write_text(provider_override(dynalayer_served, moto_server))

    for words in (["init"], ["apply", "-auto-approve"]):
        done = terraform.run(folder, *words)
        assert done.returncode == 0, done.stderr
    again = terraform.run(folder, "plan", "-detailed-exitcode")
    assert "No changes." in again.stdout, again.stdout
    assert again.returncode == 0

    stacks = [each for each in declared_by(MODULE) if each.name == stack]
    tables = deployed_tables(stacks, load_environment("dev", "config", *known_keys(stacks)))
    with Database(dynalayer_served) as database:
        assert plan_changes(database, tables) == []
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}
    alarms = boto3.client("cloudwatch", endpoint_url=moto_server, **keys).describe_alarms()["MetricAlarms"]
    assert len(alarms) == len(stacks[0].alarms)
    assert all(len(alarm["AlarmActions"]) == 1 for alarm in alarms)
