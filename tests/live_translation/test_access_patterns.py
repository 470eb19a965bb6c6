from live_translation import access_patterns

from dynalayer.testing import assert_access_patterns


def test_the_patterns_of_the_service_are_right_and_affordable() -> None:
    report = assert_access_patterns(access_patterns)
    assert not report.of("warning")
    assert report.month < 3_000


def test_every_entity_of_the_service_is_in_a_pattern() -> None:
    report = assert_access_patterns(access_patterns)
    assert {finding.code for finding in report.findings} == {"item-size", "overlap"}
