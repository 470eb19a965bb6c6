from coagent import access_patterns

from dynalayer.testing import assert_access_patterns


def test_the_patterns_of_the_application_are_right_and_need_no_scan() -> None:
    report = assert_access_patterns(access_patterns)
    assert not report.of("warning")
    assert {finding.code for finding in report.findings} == {"item-size", "overlap", "waste"}
    assert not [row for row in report.rows if row.operation == "Scan"]
    assert report.month < 1_000
