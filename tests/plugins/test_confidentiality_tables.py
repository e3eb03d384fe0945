"""What tables give away about persons, and the tables of figures and of staff that do not."""

import pytest

from gongkai.domain.problems import Severity
from gongkai.testing import make_field
from tests.bench.looking import item_of_headers, look
from tests.rows.tables import item_of_fields

NAMES = ("王伟", "李秀英", "张敏", "刘洋", "欧阳文静", "陈杰")
DISEASES = ("肺结核", "高血压", "胃癌", "梅毒", "肺炎", "骨折")


def codes(headers, rows, flags=None, **given):
    return {group.code: group for group in look(item_of_headers(headers, flags, **given), rows)}


def patients(count, *, ages=("35",)):
    """Return rows of number, sex, age and date; every ``ages`` group is alike."""
    return [[str(at), "男", ages[at % len(ages)], "2026-01-31"] for at in range(count)]


PATIENTS = ["序号", "性别", "年龄", "就诊日期"]


def test_names_beside_diagnoses_block():
    rows = [[str(at), name, DISEASES[at]] for at, name in enumerate(NAMES)]

    group = codes(["序号", "姓名", "诊断"], rows)["name-with-diagnosis"]

    assert (group.severity, group.total, group.field) == (Severity.ERROR, 6, "f1")
    assert [problem.value for problem in group.first[:2]] == ["王****", "李****"]


def test_names_and_diseases_are_known_by_what_they_are():
    rows = [[str(at), name, DISEASES[at]] for at, name in enumerate(NAMES)]

    assert "name-with-diagnosis" in codes(["序号", "栏一", "栏二"], rows)


def test_a_roster_of_staff_is_public():
    rows = [[str(at), name, "主任医师", "内科"] for at, name in enumerate(NAMES)]

    assert codes(["工号", "姓名", "职称", "科室"], rows) == {}
    flagged = {"姓名": {"public_official": True}}
    with_skill = [[*row[:3], DISEASES[at]] for at, row in enumerate(rows)]
    assert codes(["工号", "姓名", "职称", "诊断"], with_skill, flagged) == {}


def test_places_wards_and_diseases_are_no_names():
    rows = [["1", "高血压", "内科"], ["2", "白血病", "康复科"], ["3", "黄热病", "方舱"]]

    assert codes(["序号", "病名", "科室"], rows) == {}


@pytest.mark.parametrize(("count", "blocks"), [(4, True), (5, False)])
def test_a_person_among_fewer_than_five_alike_blocks(count, blocks):
    found = codes(PATIENTS, patients(count))

    assert ("person-rows" in found) is blocks
    if blocks:
        group = found["person-rows"]
        assert (group.total, group.severity, group.field) == (4, Severity.ERROR, None)
        assert "4 行" in group.first[0].message.zh
        assert [problem.row for problem in group.first] == [2, 3, 4, 5]


@pytest.mark.parametrize(("count", "blocks"), [(9, True), (10, False)])
def test_special_registers_need_ten_alike(count, blocks):
    title = {"zh": "艾滋病病例", "en": "HIV cases"}

    assert ("person-rows" in codes(PATIENTS, patients(count), title=title)) is blocks


def test_only_the_small_groups_are_counted():
    rows = [*patients(20), ["x", "女", "36", "2026-01-31"]]

    group = codes(PATIENTS, rows)["person-rows"]

    assert (group.total, [problem.row for problem in group.first]) == (1, [22])


def test_a_table_of_counts_is_no_table_of_persons():
    rows = [["男", "35", "2026-01-31", "3"], ["女", "36", "2026-01-31", "2"]]

    assert codes(["性别", "年龄", "就诊日期", "例数"], rows) == {}


def test_a_table_keyed_by_its_groups_is_no_table_of_persons():
    fields = [
        make_field("sex", title={"zh": "性别", "en": "Sex"}),
        make_field("area", title={"zh": "区县", "en": "County"}),
        make_field("mean_stay", type="number", title={"zh": "平均住院日", "en": "Mean stay"}),
    ]
    item = item_of_fields(*fields, key="sex+area")

    assert look(item, [["男", "东区", "7.5"], ["女", "东区", "8.1"]]) == []


def test_children_and_the_very_old_block_among_persons():
    rows = [
        ["1", "男", "13", "实验小学"],
        ["2", "男", "14", "实验小学"],
        ["3", "女", "8月", "幼儿园"],
    ]
    old = [[str(at), "男", age, "2026-01-31"] for at, age in enumerate(("89", "90岁", "101"))]

    assert codes(["序号", "性别", "年龄", "学校"], rows)["minor"].total == 2
    assert codes(PATIENTS, old)["age-over-89"].total == 2


def test_a_date_of_birth_blocks_unless_it_is_a_cohort():
    assert codes(["序号", "出生日期"], [["1", "1990-01-31"]])["birth-date"].total == 1
    assert codes(["序号", "出生年份", "接种人数"], [["1", "2020", "3000"]]) == {}


@pytest.mark.parametrize("heading", ["住院号", "医保号", "病案号", "MRN", "床号"])
def test_a_column_of_record_numbers_blocks(heading):
    group = codes(["序号", heading], [["1", "0012345"], ["2", None]])["record-number"]

    assert (group.total, group.first[0].value) == (1, "00****")


def test_codes_of_goods_are_no_record_numbers():
    assert codes(["序号", "商品条码", "国家医保代码"], [["1", "6901234567892", "A01"]]) == {}


def test_home_addresses_block_and_institutions_have_theirs():
    home = [["1", "云河市建设路12号3号楼2单元501室"]]

    assert "home-address" in codes(["序号", "家庭住址"], home)
    assert codes(["机构名称", "地址"], [["云河市血站", "建设路12号3号楼501室"]]) == {}


def test_precise_places_of_cases_block_and_those_of_sites_do_not():
    cases = [["1", "116.40412", "39.90", "肺结核"], ["2", "116.40", "39.91", "肺结核"]]

    group = codes(["序号", "经度", "纬度", "诊断"], cases)["precise-place"]

    assert (group.total, group.field) == (1, "f1")
    site = [["1", "中心血站", "116.40412", "39.90412", "120"]]
    assert codes(["序号", "机构名称", "经度", "纬度", "病例数"], site) == {}


def test_experts_need_their_consent_but_not_in_award_notices():
    rows = [["1", "王伟", "云河公司"]]

    assert codes(["序号", "评审专家", "备注"], rows)["expert-name"].severity is Severity.REVIEW
    assert codes(["序号", "评审专家", "中标供应商"], rows) == {}


def test_an_identity_number_in_pieces_is_put_together():
    rows = [["1", "110105", "19491231", "002X"], ["2", "110105", "19491231", "002X"]]

    group = codes(["序号", "甲", "乙", "丙"], rows)["resident-id-split"]

    assert (group.total, group.field, group.severity) == (2, "f1", Severity.ERROR)


def test_mobiles_in_pieces_are_put_together_and_counts_are_not():
    mobiles = [[str(at), "138", f"1234567{at}"] for at in range(8)]
    counts = [[str(at), f"138{at}", f"1234{at}67"] for at in range(8)]

    assert codes(["序号", "甲", "乙"], mobiles)["mobile-number-split"].total == 8
    assert codes(["序号", "甲", "乙"], counts) == {}
    contact = {"甲": {"public_contact": True}}
    assert codes(["序号", "甲", "乙"], mobiles, contact) == {}


def test_totals_of_repeated_texts_are_true_and_the_first_hundred_rows_are_shown():
    rows = [[str(at), "13812345678" if at % 3 else "无"] for at in range(900)]

    group = codes(["序号", "备注"], rows)["mobile-number"]

    assert group.total == 600
    assert [problem.row for problem in group.first] == [at + 2 for at in range(900) if at % 3][:100]


def test_an_empty_table_says_nothing():
    assert codes(PATIENTS, []) == {}
