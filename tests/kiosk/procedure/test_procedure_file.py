"""The SOP file that comes with the program says what the SOP says, and a file that contradicts itself is refused."""

import dataclasses
import re
from importlib.resources import files
from pathlib import Path

import pytest

from kiosk import words
from kiosk.procedure import ProcedureError, load, parse
from kiosk.words import Language

SOURCE = files("kiosk.procedure").joinpath("itk.toml").read_text("utf-8")

ROWS = [
    ("intake", "LALINTUSKIM", "loket", 10, "Berkas permohonan dan dokim", "Tanda terima permohonan"),
    ("data_entry", "LALINTUSKIM", "entry", 5, "Berkas permohonan", "Data pemohon di komputer"),
    ("watchlist", "WASDAKIM", "", 5, "Berkas permohonan dan dokim", "Verifikasi data cekal pemohon"),
    ("verification", "LALINTUSKIM", "", 5, "Dokim dan paspor", "Tanda tangan pada dokim dan paspor"),
    ("scanning", "LALINTUSKIM", "pindai", 10, "Berkas permohonan dan dokim", "Data hasil pindai dokumen"),
    ("approval", "LALINTUSKIM", "Masalah?", 5, "Tanda terima permohonan", "Paraf persetujuan"),
    ("payment", "BENDAHARA", "Tidak", 5, "Slip tanda bukti pembayaran", "Hasil pembayaran ITK"),
    ("biometrics", "LALINTUSKIM", "P/2", 10, "Slip tanda bukti pembayaran", "Foto biometrik dan sidik jari pemohon"),
    ("registration", "LALINTUSKIM", "", 3, "Berkas permohonan dan dokim", "Nomor register pemohon dalam sistem"),
    ("endorsement", "TATA_USAHA", "", 5, "Dokim dan paspor", "Tanda tangan pada dokim dan paspor"),
    ("stamp_scan", "LALINTUSKIM", "", 10, "Dokim dan paspor", "Data hasil pindai dokumen"),
    ("handover", "LALINTUSKIM", "", 5, "Bukti pengambilan dokim", "Paspor yang telah diterakan cap ITK"),
    ("archiving", "INSARKOM", "", 5, "Bukti pengambilan dokim", ""),
]


def replaced(old: str, new: str, count: int = 1) -> tuple[str, int]:
    """The shipped file with `old` replaced, and the line where the new text begins."""
    assert old in SOURCE, old
    return SOURCE.replace(old, new, count), SOURCE[: SOURCE.index(old)].count("\n") + 1


def refusal(source: str) -> ProcedureError:
    with pytest.raises(ProcedureError) as caught:
        parse(source)
    return caught.value


def test_the_thirteen_rows_are_those_of_the_sop() -> None:
    rows = [(s.key, s.unit, s.executor, s.minutes, s.inputs, s.output) for s in load().steps]
    assert rows == ROWS


def test_remarks_and_activities_are_kept_word_for_word() -> None:
    procedure = load()
    assert procedure.step("archiving").remark == ""
    assert procedure.step("stamp_scan").remark == "Koreksi data pada sistem bila perlu"
    assert procedure.step("registration").activity == (
        "Memberikan nomor register dan menerakan Izin Kunjungan pada paspor pemohon"
    )
    assert procedure.sop.related[1] == "SOP Penanganan Ketidaksihan;"
    assert procedure.sop.number == "W.6. IMI.IMI.2.GR.04.02-745"
    assert len(procedure.sop.legal_basis) == 5


def test_the_standard_minutes_are_83_and_the_promise_two_working_days_from_payment() -> None:
    procedure = load()
    assert procedure.minutes == 83
    assert sum(s.minutes for s in procedure.steps[:6]) == 40
    assert sum(s.minutes for s in procedure.steps[6:8]) == 15
    assert (procedure.promise.working_days, procedure.promise.counted_from) == (2, "payment")


def test_the_applicant_is_present_at_four_steps() -> None:
    assert [s.number for s in load().steps if s.applicant_present] == [1, 7, 8, 12]


def test_every_unit_owns_a_step_and_other_units_act_as_the_sop_reads() -> None:
    procedure = load()
    assert {s.unit for s in procedure.steps} == {unit.code for unit in procedure.units}
    watchlist = procedure.step("watchlist")
    assert watchlist.admits("WASDAKIM")
    assert not watchlist.admits("LALINTUSKIM")
    assert watchlist.admits("LALINTUSKIM", only="clean_no_hit")
    assert procedure.step("data_entry").other_units == ("INSARKOM",)
    assert procedure.step("endorsement").authority == ("office_head", "delegation")


def test_the_same_person_never_does_the_separated_acts() -> None:
    pairs = {(p.first.step, p.first.act, p.second.step) for p in load().separations}
    assert pairs == {
        ("data_entry", "complete", "verification"),
        ("approval", "complete", "payment"),
        ("registration", "complete", "endorsement"),
        ("watchlist", "clear", "approval"),
    }
    against_approval = {(a.step, a.act) for a in load().separated_from("approval")}
    assert against_approval == {("payment", "complete"), ("watchlist", "clear")}
    assert load().separated_from("watchlist") == ()


def test_steps_follow_each_other() -> None:
    procedure = load()
    following = procedure.after("intake")
    assert following is not None
    assert following.key == "data_entry"
    assert procedure.after("archiving") is None
    assert [s.key for s in procedure.before("watchlist")] == ["intake", "data_entry"]
    with pytest.raises(KeyError):
        procedure.step("stamping")


def test_problem_yes_goes_to_the_side_procedure_and_problem_no_to_payment() -> None:
    procedure = load()
    approval = procedure.step("approval")
    assert (approval.branch("problem").kind, approval.branch("problem").target) == ("side", "nonconformity")
    assert (approval.branch("no_problem").kind, approval.branch("no_problem").target) == ("step", "payment")
    assert procedure.step("verification").branch("doubt").kind == "unit"
    assert procedure.step("intake").branch("incomplete").kind == "ending"


def test_side_procedures_have_their_outcomes() -> None:
    procedure = load()
    assert {o.code for o in procedure.side("cekal").outcomes} == {"cleared", "confirmed"}
    assert procedure.side("cekal").outcome("cleared").second_person
    assert procedure.side("cekal").outcome("confirmed").ending == "watchlist_confirmed"
    assert procedure.side("cekal").public_words.indonesian == "dalam proses"
    assert {o.code for o in procedure.side("nonconformity").outcomes} == {
        "back_to_step",
        "returned_to_applicant",
        "referred_wasdakim",
        "refused",
        "withdrawn",
    }


def test_the_hash_pins_the_content_and_not_the_layout() -> None:
    procedure = load()
    assert parse("# a note\n" + SOURCE + "\n\n").hash == procedure.hash
    assert parse(SOURCE.replace("\n", "\r\n").encode()).hash == procedure.hash
    assert parse(procedure.source) == procedure
    assert parse(replaced("minutes = 3", "minutes = 4")[0]).hash != procedure.hash


def test_a_file_of_the_office_replaces_the_shipped_one(tmp_path: Path) -> None:
    changed = tmp_path / "office.toml"
    changed.write_text(replaced("minutes = 3", "minutes = 4")[0], "utf-8")
    assert load(changed).minutes == 84


def test_the_procedure_can_not_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load().steps[0].minutes = 1  # type: ignore[misc]


CONTRADICTIONS = [
    ('unit = "BENDAHARA"', 'unit = "BENDAHARI"', "procedure.problem.unknown_unit"),
    ('also = [{ unit = "INSARKOM" }]', 'also = [{ unit = "KANWIL" }]', "procedure.problem.unknown_unit"),
    ('also = [{ unit = "INSARKOM" }]', 'also = [{ unit = "LALINTUSKIM" }]', "procedure.problem.unit_named_twice"),
    ('role = "verifier"', 'role = "verifikator"', "procedure.problem.unknown_role"),
    ("number = 5\n", "number = 6\n", "procedure.problem.number_gap"),
    ('key = "scanning"', 'key = "intake"', "procedure.problem.duplicate_code"),
    ('key = "scanning"', 'key = "Scanning now"', "procedure.problem.bad_code"),
    ('to = "payment"', 'to = "pembayaran"', "procedure.problem.unknown_target"),
    ('to = "payment"', 'to = "handover"', "procedure.problem.branch_skips_steps"),
    ('to = "payment"', 'to = "approval"', "procedure.problem.branch_to_itself"),
    ('to = "payment"', 'to = "archive_storage"', "procedure.problem.side_not_raised_here"),
    ('send_back = ["approval"]', 'send_back = ["persetujuan"]', "procedure.problem.unknown_step"),
    ('send_back = ["approval"]', 'send_back = ["payment"]', "procedure.problem.send_back_not_earlier"),
    ('send_back = ["approval"]', 'send_back = ["handover"]', "procedure.problem.send_back_not_earlier"),
    ("minutes = 3", "minutes = 0", "tomlfile.not_positive"),
    ("minutes = 3", "minutes = -3", "tomlfile.not_positive"),
    ("minutes = 3", "minutes = 3.5", "tomlfile.wrong_type"),
    ("minutes = 3", "minutes = true", "tomlfile.wrong_type"),
    ("minutes = 3", 'minutes = "3"', "tomlfile.wrong_type"),
    ("working_days = 2", "working_days = 0", "tomlfile.not_positive"),
    ('counted_from = "payment"', 'counted_from = "bayar"', "procedure.problem.unknown_step"),
    (
        'first = { step = "approval", act = "complete" }',
        'first = { step = "setuju", act = "complete" }',
        "procedure.problem.unknown_step",
    ),
    (
        'second = { step = "payment", act = "complete" }',
        'second = { step = "approval", act = "complete" }',
        "procedure.problem.separation_of_one_step",
    ),
    ('act = "clear"', 'act = "clean"', "tomlfile.not_a_choice"),
    ('ending = "refused"', 'ending = "rejected"', "procedure.problem.unknown_ending"),
    ('effect = "continue"', 'effect = "end"', "procedure.problem.ending_and_effect"),
    ('effect = "continue"', 'effect = "refer"', "procedure.problem.refer_and_effect"),
    ('raised_at = ["archiving"]', 'raised_at = ["arsip"]', "procedure.problem.unknown_step"),
    ("effective = 2020-05-08", "effective = 2019-05-08", "procedure.problem.effective_before_created"),
    ("created = 2020-05-07", 'created = "7 Mei 2020"', "tomlfile.wrong_type"),
    ('inputs = "Berkas permohonan"\n', 'inputs = ""\n', "tomlfile.blank"),
    ('output = "Paraf persetujuan"', 'output = ""', "tomlfile.blank"),
    ('activity = "Memeriksa', 'activity = "\\u001b]0;x\\u0007Memeriksa', "tomlfile.unsafe_text"),
    ('remark = "Koreksi', 'remarks = "Koreksi', "tomlfile.unknown_key"),
    ('authority = ["office_head", "delegation"]', 'authority = ["king"]', "tomlfile.not_a_choice"),
]


@pytest.mark.parametrize(("old", "new", "key"), CONTRADICTIONS)
def test_a_contradiction_is_refused_with_its_line(old: str, new: str, key: str) -> None:
    source, line = replaced(old, new)
    assert (line, key) in [(problem.line, problem.key) for problem in refusal(source).problems]


def test_every_problem_of_a_file_is_found_at_once() -> None:
    source = SOURCE.replace('unit = "BENDAHARA"', 'unit = "KAS"', 1).replace('role = "verifier"', 'role = "x"', 1)
    keys = [problem.key for problem in refusal(source).problems]
    assert keys == [
        "procedure.problem.unit_owns_no_step",
        "procedure.problem.unknown_role",
        "procedure.problem.unknown_unit",
    ]


def test_a_missing_table_is_said_by_name() -> None:
    start, end = SOURCE.index("[promise]"), SOURCE.index("# The code is the name")
    error = refusal(SOURCE[:start] + SOURCE[end:])
    assert [(p.key, p.details) for p in error.problems] == [("tomlfile.missing_key", {"name": "promise"})]


def test_a_missing_wording_is_refused_at_its_step() -> None:
    source, line = replaced('activity = "Memberikan pengesahan oleh Kepala Kantor atau pejabat yang ditunjuk"\n', "")
    error = refusal(source)
    header = source[: source.index("number = 10")].count("\n")
    assert (error.line, error.key, error.details) == (header, "tomlfile.missing_key", {"name": "activity"})
    assert header < line


def test_a_unit_without_a_step_is_refused() -> None:
    source, line = replaced('code = "INSARKOM"', 'code = "KANWIL"')
    assert (line, "procedure.problem.unit_owns_no_step") in [(p.line, p.key) for p in refusal(source).problems]


@pytest.mark.parametrize(
    ("source", "line", "key"),
    [
        ("", 1, "tomlfile.missing_key"),
        ('[sop]\nversion = "1\n', 2, "tomlfile.syntax"),
        ("[sop]\n[sop]\n", 2, "tomlfile.syntax"),
        ("[sop]\nname = [\n", 3, "tomlfile.syntax"),
        (b"[sop]\nname = '\xff\xfe'\n", 2, "tomlfile.not_utf8"),
        ("step = 3\n", 1, "tomlfile.wrong_type"),
        ("step = [3]\n", 1, "tomlfile.wrong_type"),
        ("sop = 'x'\n", 1, "tomlfile.wrong_type"),
        ("\x00", 1, "tomlfile.syntax"),
    ],
)
def test_what_is_no_procedure_file_is_refused_with_its_line(source: str | bytes, line: int, key: str) -> None:
    with pytest.raises(ProcedureError) as caught:
        parse(source)
    assert (line, key) in [(problem.line, problem.key) for problem in caught.value.problems]


def test_every_problem_has_words_in_both_languages() -> None:
    for language in Language:
        for source, key in ((replaced(old, new)[0], key) for old, new, key in CONTRADICTIONS):
            problem = next(p for p in refusal(source).problems if p.key == key)
            said = words.say(language, problem.key, **problem.details)
            assert not re.search(r"[{}]", said)


def test_lines_hold_for_dotted_keys_long_strings_and_nested_lists() -> None:
    from kiosk.toml_file import parse_toml

    file = parse_toml(
        'a.b = 1\n"c d" = """\n[x]\n"""\n\n[[t]] # one\nk = [\n  1,\n  2,\n]\n'
        "[[t.u]]\nv = 1\n[[t]]\n[[t.u]]\n[[t.u]]\nv = 2\n"
    )
    assert file.line(("a", "b")) == 1
    assert file.line(("c d",)) == 2
    assert file.line(("t", 0)) == 6
    assert file.line(("t", 0, "k", 1)) == 7
    assert file.line(("t", 0, "u", 0, "v")) == 12
    assert file.line(("t", 1)) == 13
    assert file.line(("t", 1, "u", 1, "v")) == 16
