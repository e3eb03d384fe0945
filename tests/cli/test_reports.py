"""The report at the command line, for people and as the annotated workbook."""

import json

import openpyxl
import pytest

from tests.cli.test_failures import run

FAULTY = "year,cost_item,amount_wan\n2025,test,many\n2025,,1\n1,test,1\n2026,collection,x\n"


@pytest.fixture
def costs(tmp_path):
    path = tmp_path / "costs.csv"
    path.write_text(FAULTY)
    return path


def validate(tmp_path, *arguments):
    return run(tmp_path, "validate", "costs.csv", "--item", "blood_costs", *arguments)


def test_it_groups_by_kind_with_places_values_and_what_to_do(tmp_path, costs):
    done = validate(tmp_path)

    assert done.returncode == 1
    assert "错误：不是数字（2 处） [type-number]" in done.stdout
    assert "第 2 行" in done.stdout
    assert "“many”不是数字" in done.stdout
    assert "→ 请只写数字" in done.stdout
    assert done.stdout.strip().endswith("不能发布：请改正上述错误后重新提交。")


def test_it_speaks_english_on_request(tmp_path, costs):
    said = validate(tmp_path, "--lang", "en").stdout

    assert "Error: Not a number (2) [type-number]" in said
    assert "Row 2" in said
    assert "It cannot be published" in said


def test_it_tells_what_was_rewritten(tmp_path, costs):
    costs.write_text('year,cost_item,amount_wan\n2025,test,"1,000"\n2026,test," 2,000\n"\n')

    said = validate(tmp_path).stdout

    assert "去掉千分位分隔符：2 处，如第 2 行 amount_wan：“1,000” → 1000" in said
    assert "去掉首尾空白：1 处，如第 3 行 amount_wan：“ 2,000·” → 2,000" in said


def test_it_shows_how_the_text_reads_in_each_encoding_to_choose(tmp_path, costs):
    costs.write_bytes(b"year,cost_item,amount_wan\n2025,test \xfb PROTON,1\n")

    said = validate(tmp_path).stdout

    assert "--encoding windows-1252  2025,test û PROTON,1" in said


def test_json_has_the_kinds_beside_the_groups(tmp_path, costs):
    said = json.loads(validate(tmp_path, "--json").stdout)

    kind = next(kind for kind in said["kinds"] if kind["code"] == "type-number")
    assert kind["total"] == 2
    assert kind["first"][0]["row"] == 2
    assert sum(kind["total"] for kind in said["kinds"]) == sum(said["totals"].values())
    assert {group["code"] for group in said["groups"]} == {kind["code"] for kind in said["kinds"]}


def test_it_writes_the_annotated_workbook(tmp_path, costs):
    done = validate(tmp_path, "--annotated", "out.xlsx", "--lang", "en")

    data, findings = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets
    assert done.returncode == 1
    assert (data.title, findings.title) == ("Data", "Findings")
    assert data["C2"].value == "many"
    assert "is not a number" in data["C2"].comment.text
    assert not list((tmp_path / "var" / "work").glob("*"))
