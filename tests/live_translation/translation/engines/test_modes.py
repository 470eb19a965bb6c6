from pathlib import Path

from live_translation.translation.engines.modes import installed_pairs, parse_mode


def write_mode(directory: Path, name: str, data: Path, program: str = "cat") -> None:
    (directory / f"{name}.mode").write_text(f"{program} -w '{data}' | cat $1 | cat -g $2 '{data}'\n")


def test_each_stage_flushes_at_nul_marks_unknown_words_and_keeps_quoted_names() -> None:
    assert parse_mode("lt-proc -w '/a b.bin' | tagger -g $2 '/c' | lt-proc $1 /d\n") == (
        ("lt-proc", "-z", "-w", "/a b.bin"),
        ("tagger", "-z", "-g", "/c"),
        ("lt-proc", "-z", "-g", "/d"),
    )


def test_long_and_short_language_codes_become_two_letters(tmp_path: Path) -> None:
    for name in ("spa-cat", "es-pt", "fra-eng"):
        write_mode(tmp_path, name, tmp_path)
    assert set(installed_pairs(tmp_path)) == {("es", "ca"), ("es", "pt"), ("fr", "en")}


def test_regional_variants_nameless_languages_and_mute_pairs_are_left_out(tmp_path: Path) -> None:
    for name in ("es-pt_BR", "eco-es-fr", "spa-ast", "es-eo"):
        write_mode(tmp_path, name, tmp_path)
    assert installed_pairs(tmp_path) == {}


def test_a_pair_without_its_data_or_programs_is_not_installed(tmp_path: Path) -> None:
    write_mode(tmp_path, "es-pt", tmp_path / "absent.bin")
    write_mode(tmp_path, "spa-cat", tmp_path, program="no-such-program-here")
    (tmp_path / "es-fr.mode").write_text("")
    assert installed_pairs(tmp_path) == {}


def test_an_absent_directory_has_no_pairs(tmp_path: Path) -> None:
    assert installed_pairs(tmp_path / "absent") == {}
