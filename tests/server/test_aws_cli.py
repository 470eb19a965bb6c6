"""The AWS command line against the served engine."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_numbers = itertools.count()
Aws = Callable[..., Any]


@pytest.fixture
def aws(dynalayer_served: str, tmp_path: Path) -> Aws:
    """Runs `aws dynamodb ...`; the answer is its JSON, or its error text with `fails`."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_PAGER": "",
    }

    def run(*arguments: str, fails: bool = False) -> Any:
        command = [sys.executable, "-m", "awscli", "--endpoint-url", dynalayer_served, "dynamodb", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert (done.returncode != 0) == fails, done.stderr
        if fails:
            return done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


def test_a_table_is_made_filled_and_asked(aws: Aws) -> None:
    name = f"cli-{next(_numbers)}"
    made = aws(
        "create-table", "--table-name", name, "--billing-mode", "PAY_PER_REQUEST",
        "--attribute-definitions", "AttributeName=pk,AttributeType=S", "AttributeName=sk,AttributeType=N",
        "--key-schema", "AttributeName=pk,KeyType=HASH", "AttributeName=sk,KeyType=RANGE",
    )  # fmt: skip
    assert made["TableDescription"]["TableName"] == name
    aws("wait", "table-exists", "--table-name", name)
    aws("put-item", "--table-name", name, "--item", '{"pk": {"S": "a"}, "sk": {"N": "1"}, "text": {"S": "é"}}')
    found = aws(
        "query", "--table-name", name, "--key-condition-expression", "pk = :p",
        "--expression-attribute-values", '{":p": {"S": "a"}}',
    )  # fmt: skip
    assert (found["Count"], found["Items"][0]["text"]) == (1, {"S": "é"})
    refused = aws(
        "put-item", "--table-name", name, "--item", '{"pk": {"S": "a"}, "sk": {"N": "1"}}',
        "--condition-expression", "attribute_not_exists(pk)", fails=True,
    )  # fmt: skip
    assert "(ConditionalCheckFailedException)" in refused
    aws("delete-table", "--table-name", name)
    aws("wait", "table-not-exists", "--table-name", name)
    assert "(ResourceNotFoundException)" in aws("describe-table", "--table-name", name, fails=True)
