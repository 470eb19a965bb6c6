"""Environments and their files."""

import json

import pytest

from dynalayer import DefinitionError
from dynalayer.infra import environment, load_environment


def test_dev_may_be_thrown_away_and_prod_keeps_all_it_can():
    dev, prod = environment("dev"), environment("prod")
    assert (dev.retain, dev.deletion_protection, dev.point_in_time_recovery) == (False, False, False)
    assert (prod.retain, prod.deletion_protection, prod.point_in_time_recovery) == (True, True, True)
    assert (dev.encryption, prod.encryption) == ("aws-owned", "aws-managed")


def test_others_retain_their_tables_without_paying_for_recovery():
    staging = environment("staging")
    assert (staging.retain, staging.deletion_protection, staging.point_in_time_recovery) == (True, True, False)


def test_a_table_is_named_after_its_environment():
    assert environment("dev").table("Sessions") == "Sessions-dev"
    assert environment("dev", {"tableName": "live.{env}.{table}"}).table("Sessions") == "live.dev.Sessions"


def test_the_file_of_an_environment_is_read(tmp_path):
    content = {"account": "123456789012", "region": "us-east-1", "alarmEmail": "me@example.com", "maxSessions": 5}
    (tmp_path / "dev.json").write_text(json.dumps(content))
    found = load_environment("dev", tmp_path, known=["maxSessions"])
    assert (found.account, found.region, found.alarm_email) == ("123456789012", "us-east-1", "me@example.com")
    assert found.settings == {"maxSessions": 5}


def test_a_file_may_have_texts_for_the_program():
    assert environment("dev", {"userPoolId": "pool"}, texts=["userPoolId"]).texts == {"userPoolId": "pool"}
    with pytest.raises(DefinitionError, match="userPoolId must be text, not 5"):
        environment("dev", {"userPoolId": 5}, texts=["userPoolId"])
    with pytest.raises(DefinitionError, match="did you mean 'userPoolId'"):
        environment("dev", {"userPoolID": "pool"}, texts=["userPoolId"])


def test_dev_and_prod_need_no_file_and_others_do(tmp_path):
    assert load_environment("prod", tmp_path).name == "prod"
    with pytest.raises(
        DefinitionError, match=r"no environment 'production': dev and prod are known, others need .*json"
    ):
        load_environment("production", tmp_path)


def test_a_key_that_means_nothing_is_refused_with_the_one_that_was_meant():
    with pytest.raises(DefinitionError, match="'cacheTTLSeconds' means nothing: did you mean 'cacheTtlSeconds'"):
        environment("dev", {"cacheTTLSeconds": 60}, known=["cacheTtlSeconds"])
    with pytest.raises(DefinitionError, match="'colour' means nothing: known are account, alarmEmail"):
        environment("dev", {"colour": "red"})


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"account": 123456789012}, "account"),
        ({"account": "12345"}, "12 digits"),
        ({"region": "Ireland"}, "a region's name"),
        ({"alarmEmail": "nobody"}, "an e-mail address"),
        ({"removal": "keep"}, "removal"),
        ({"tableName": "{env}"}, "must hold {table}"),
        ({"encryption": "none"}, "aws-owned, aws-managed or the ARN"),
        ({"maxSessions": "many"}, "maxSessions must be a number"),
        ({"maxSessions": True}, "maxSessions must be a number"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused(config, words):
    with pytest.raises(DefinitionError, match=words):
        environment("dev", config, known=["maxSessions"])


def test_a_file_that_is_no_object_is_told_by_its_name(tmp_path):
    (tmp_path / "dev.json").write_text("[]")
    with pytest.raises(DefinitionError, match=r"dev\.json is not an object of JSON"):
        load_environment("dev", tmp_path)


@pytest.mark.parametrize("name", ["", "Dev", "a b", "x" * 21])
def test_the_name_of_an_environment_fits_into_names_of_resources(name):
    with pytest.raises(DefinitionError, match="small letters"):
        environment(name)


def test_a_setting_cannot_have_the_key_of_something_else():
    with pytest.raises(DefinitionError, match="'region' has a meaning everywhere"):
        environment("dev", {"region": "eu-west-1"}, known=["region"])
