"""Small counts of persons: what is hidden, what goes with it, what stays."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai.domain.disclosure_control import ControlProfile, Kind, Level, Method, is_crossed
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.reading import close_engine, open_engine, read_table
from gongkai.rows.store import open_rows
from gongkai.testing import make_field
from tests.effort import effort
from tests.rows.tables import item_of_fields

COUNT = {"type": "integer", "personal_count": True, "constraints": {"required": True}}
FLAG = make_field(
    "obs_flag",
    categories=[
        {"value": code, "label": {"zh": code, "en": code}} for code in ("c", "n", "u", "p")
    ],
)


def monthly(*extra, **schema):
    """Return an item of counts by place and disease, with class totals."""
    return item_of_fields(
        make_field("division_code", example="370102"),
        make_field("disease", example="流感"),
        make_field("cases", **COUNT),
        make_field("rate", type="number"),
        *extra,
        FLAG,
        key="division_code+disease",
        totals=[
            {
                "key": "sum",
                "fields": ["cases"],
                "within": ["division_code"],
                "total": "disease == '合计'",
                "parts": "disease != '合计'",
                "message": {"zh": "合计不符", "en": "The total differs"},
            }
        ],
        **schema,
    )


def control(folder, item, text, profile, *, held_bytes=1 << 28, previous=None):
    """Return the released rows as dictionaries and what was decided."""
    folder.mkdir(exist_ok=True)
    path = folder / "in.csv"
    path.write_text(text, encoding="utf-8")
    limits = IntakeLimits(held_bytes=held_bytes)
    connection = open_engine(folder, limits)
    try:
        checked = read_table(
            connection,
            path,
            item,
            filename="in.csv",
            work_dir=folder,
            limits=limits,
            references={},
            progress=lambda *_: None,
        )
        assert not checked.report.blocks, checked.report.as_json()
        rows, found = checked.rows.control(profile, previous)
        rows.write(folder / "rows.parquet")
    finally:
        close_engine(connection, folder)
    with open_rows(folder / "rows.parquet", item.table_schema) as released:
        names = released.names
        table = [dict(zip(names, row, strict=True)) for b in released.value_batches() for row in b]
    return table, found


@pytest.fixture(params=[1 << 28, 0], ids=["memory", "database"])
def held(request):
    return request.param


SUPPRESS = ControlProfile(Method.SUPPRESS)
COUNTY = """\
division_code,disease,cases,rate,obs_flag
370102,流感,120,9.1,
370102,麻疹,3,0.2,
370102,水痘,40,3.0,
370102,百日咳,0,0,
370102,合计,163,12.4,
370000,流感,3,0.01,
"""


def cells(table, place="370102"):
    return {row["disease"]: row for row in table if row["division_code"] == place}


def test_a_small_count_is_hidden_with_the_next_smallest_and_their_rates(tmp_path, held):
    table, found = control(tmp_path, monthly(), COUNTY, SUPPRESS, held_bytes=held)
    rows = cells(table)
    hidden = {name: row for name, row in rows.items() if row["cases"] is None}
    assert set(hidden) == {"麻疹", "水痘"}
    assert all(row["obs_flag"] == "c" and row["rate"] is None for row in hidden.values())
    assert rows["百日咳"]["cases"] == 0, "zero stays visible"
    assert rows["合计"]["cases"] == 163
    assert cells(table, "370000")["流感"]["cases"] == 3, "a province may tell of three"
    assert found.summary["cells"] == {
        "cases": {"primary": 1, "secondary": 1},
        "rate": {"follows": 2},
    }
    assert found.summary["thresholds"] == [5]
    assert "obs_flag" in found.summary["legend"]["zh"]


def test_a_register_under_stronger_law_is_not_told_below_the_city(tmp_path, held):
    text = COUNTY.replace("流感,120", "艾滋病,120").replace("3,0.01", "8,0.01")
    table, _ = control(tmp_path, monthly(), text, SUPPRESS, held_bytes=held)
    assert cells(table)["艾滋病"]["cases"] is None
    assert cells(table, "370000")["流感"]["cases"] == 8


def test_rounding_hides_one_to_seven_and_rounds_the_rest(tmp_path, held):
    table, found = control(
        tmp_path, monthly(), COUNTY, ControlProfile(Method.ROUND), held_bytes=held
    )
    rows = cells(table)
    assert {name: row["cases"] for name, row in rows.items()} == {
        "流感": 120,
        "麻疹": None,
        "水痘": 40,
        "百日咳": 0,
        "合计": 165,
    }
    assert cells(table, "370000")["流感"]["cases"] == 3
    assert found.summary["cells"]["cases"] == {"primary": 1, "rounded": 3}


def test_without_a_choice_the_reviewer_is_asked_and_nothing_changes(tmp_path):
    table, found = control(tmp_path, monthly(), COUNTY, ControlProfile())
    assert cells(table)["麻疹"]["cases"] == 3
    assert [(g.code, g.total, g.first[0].row) for g in found.groups] == [("small-count", 1, 3)]
    assert found.summary is None


def test_a_required_count_without_a_flag_goes_to_the_reviewer(tmp_path):
    item = item_of_fields(make_field("cases", **COUNT))
    table, found = control(tmp_path, item, "code,cases\nA,2\nB,9\n", SUPPRESS)
    assert [row["cases"] for row in table] == [2, 9]
    assert [group.code for group in found.groups] == ["small-count-required"]


def test_fields_that_add_up_inside_a_row_do_not_give_one_away(tmp_path, held):
    item = item_of_fields(
        *(make_field(name, **COUNT) for name in ("male_n", "female_n", "all_n")),
        FLAG,
        rules=[
            {
                "key": "sum",
                "expect": "male_n + female_n == all_n",
                "message": {"zh": "不符", "en": "differs"},
            }
        ],
    )
    text = "code,male_n,female_n,all_n,obs_flag\nA,2,30,32,\nB,20,30,50,\n"
    table, _ = control(tmp_path, item, text, SUPPRESS, held_bytes=held)
    assert [table[0][name] for name in ("male_n", "female_n", "all_n")] == [None, None, 32]
    assert [table[1][name] for name in ("male_n", "female_n", "all_n")] == [20, 30, 50]


def test_a_breakdown_by_age_has_the_higher_threshold(tmp_path):
    item = monthly(make_field("age_group", example="0-4"))
    assert is_crossed(item.table_schema)
    text = (
        "division_code,disease,age_group,cases,obs_flag\n370102,流感,0-4,9,\n370102,麻疹,0-4,50,\n"
    )
    table, _ = control(tmp_path, item, text, SUPPRESS)
    assert cells(table)["流感"]["cases"] is None
    assert not is_crossed(monthly().table_schema)


def test_a_small_step_from_the_last_release_is_shown_to_the_reviewer(tmp_path):
    control(tmp_path / "old", monthly(), COUNTY, ControlProfile())
    new = COUNTY.replace("流感,120", "流感,118").replace("合计,163", "合计,161")
    _, found = control(
        tmp_path / "new",
        monthly(),
        new,
        ControlProfile(),
        previous=tmp_path / "old" / "rows.parquet",
    )
    differences = {g.code: [p.row for p in g.first] for g in found.groups}
    assert differences == {"small-count": [3], "small-difference": [2, 6]}


@settings(max_examples=effort(20, 200), deadline=None)
@given(counts=st.lists(st.integers(0, 12), min_size=2, max_size=6))
def test_no_hidden_count_can_be_told_from_the_total(tmp_path_factory, counts):
    """Whatever is left visible, at least two fillings of the hidden cells fit the total."""
    lines = [f"370102,病{n},{count},," for n, count in enumerate(counts)]
    text = "\n".join(
        ["division_code,disease,cases,rate,obs_flag", *lines, f"370102,合计,{sum(counts)},,"]
    )
    table, _ = control(tmp_path_factory.mktemp("c"), monthly(), text, SUPPRESS)
    rows = cells(table)
    parts = [rows[f"病{n}"]["cases"] for n in range(len(counts))]
    assert all(count is None or count == 0 or count >= 5 for count in parts)
    total = rows["合计"]["cases"]
    unknown = parts.count(None)
    if not unknown or total is None:
        return
    left = total - sum(count for count in parts if count is not None)
    fillings = [f for f in itertools.product(range(1, 14), repeat=unknown) if sum(f) == left]
    assert len(fillings) > 1


def test_a_profile_goes_through_json_and_refuses_nonsense():
    chosen = ControlProfile.of(
        {"method": "suppress", "level": "city", "thresholds": {"plain": {"city": 7}}}
    )
    assert ControlProfile.of(chosen.as_json()) == chosen
    assert chosen.threshold(Kind.PLAIN, Level.CITY) == 7
    with pytest.raises(ValueError, match="guess"):
        ControlProfile.of({"method": "guess"})
    with pytest.raises(ValueError, match="101"):
        ControlProfile.of({"thresholds": {"plain": {"city": 101}}})
