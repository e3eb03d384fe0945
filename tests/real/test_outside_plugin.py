"""The main job on real files, with a plugin as an outside institution would install it."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SLUG = "haiyun-info"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The foreign distribution, installed by pip into a folder of the test environment."""
    folder = tmp_path_factory.mktemp("outside")
    source = folder / "source"
    shutil.copytree(ROOT / "tests" / "outside", source)
    target = folder / "site-packages"
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--disable-pip-version-check",
        "--target",
        str(target),
        str(source),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="module")
def gongkai(installed, tmp_path_factory):
    """The command line of a fresh site that has the foreign plugin."""
    data = tmp_path_factory.mktemp("site")
    environ = {
        **{k: v for k, v in os.environ.items() if not k.startswith("GONGKAI_")},
        "PYTHONPATH": str(installed),
        "GONGKAI_STORAGE_DATA_DIR": str(data),
    }

    def run(*arguments, ok=True):
        command = [sys.executable, "-c", "from gongkai.cli import main; main()", *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, env=environ, check=False, timeout=280
        )
        assert (done.returncode == 0) is ok, done.stdout[-3000:] + done.stderr[-3000:]
        return done

    run(
        "institution",
        "add",
        SLUG,
        "--type",
        "information_centre",
        "--name-zh",
        "海云市卫生健康信息中心",
        "--name-en",
        "Haiyun Health Information Centre",
    )
    run.data = data
    return run


def publish(gongkai, path, item, *decisions):
    done = gongkai("publish", str(path), "--dataset", f"{SLUG}/{item}", "--json", *decisions)
    return json.loads(done.stdout)


def blob(gongkai, released, name):
    sha256 = next(file["sha256"] for file in released["files"] if file["name"] == name)
    return gongkai.data / "blobs" / sha256[:2] / sha256


def test_the_foreign_plugin_is_listed_with_its_hooks(gongkai):
    told = json.loads(gongkai("plugin", "list", "--json").stdout)

    (haiyun,) = [one for one in told["plugins"] if one["name"] == "haiyun"]
    assert haiyun["distribution"] == "haiyun-open-data"
    assert haiyun["institution_types"] == ["information_centre"]
    files = (ROOT / "tests" / "outside" / "haiyun_open_data" / "items").glob("*.yaml")
    assert sorted(haiyun["items"]) == sorted(path.stem for path in files)
    assert "check_release" in haiyun["hooks"]


def test_85694_rows_of_first_time_donors(gongkai, shared_data):
    import pandas as pd

    path = shared_data / "blood_new_donors_my" / "newdonors_state.csv"

    released = publish(gongkai, path, "new_donors_daily")

    assert released["rows"] == 85_694
    frame = pd.read_csv(blob(gongkai, released, "data.csv"))
    source = pd.read_csv(path)
    assert list(frame.columns)[2] == "age_17_24"
    source.columns = frame.columns
    order = ["date", "state"]
    assert frame.equals(source.sort_values(order, ignore_index=True)[list(frame.columns)])


def test_7699_rows_where_minus_ten_means_missing(gongkai, shared_data):
    import pandas as pd
    import pyarrow.parquet as pq

    path = shared_data / "cdc_notifiable_china_long" / "2024 February.csv"

    report = json.loads(gongkai("validate", str(path), "--item", "disease_months", "--json").stdout)
    released = publish(gongkai, path, "disease_months", "--accept", "small-count:deaths")

    (two,) = [group for group in report["groups"] if group["code"] == "two-figures"]
    assert (two["total"], two["severity"], two["source"]) == (1, "warning", "haiyun")
    (small,) = [group for group in report["groups"] if group["code"] == "small-count"]
    frame = pd.read_csv(path)
    registers = frame["DiseasesCN"].isin(["梅毒", "淋病", "艾滋病", "肺结核"])
    assert (small["field"], small["severity"]) == ("deaths", "review")
    assert small["total"] == (registers & frame["Deaths"].between(1, 4)).sum() == 77
    assert released["rows"] == 7_699
    table = pq.read_table(blob(gongkai, released, "data.parquet"))
    assert table.column("incidence").null_count == 7_699
    assert table.column("doi").null_count == 5_640
    assert table.column("disease_en").null_count == 5
    assert set(table.column("division_code").to_pylist()) == {"100000"}


def test_1052455_rows_with_a_type_trap(gongkai, shared_data, tmp_path):
    import duckdb

    packed = shared_data / "cdc_big_flusight_baseline" / "flusight_baseline_quantiles.csv.gz"
    path = tmp_path / "flusight.csv"
    with gzip.open(packed) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target)

    released = publish(gongkai, path, "flu_forecasts")

    assert released["rows"] == 1_052_455
    assert "data.xlsx" in released["notes"]
    parquet = blob(gongkai, released, "data.parquet")
    differing = duckdb.sql(
        f"""SELECT count(*) FROM read_parquet('{parquet}') a
            FULL JOIN read_csv('{path}', all_varchar = true) b
              ON a.reference_date = CAST(b.reference_date AS DATE) AND a.location = b.location
             AND a.horizon = CAST(b.horizon AS BIGINT) AND a.target = b.target
             AND a.output_type = b.output_type AND a.output_type_id = b.output_type_id
            WHERE a.value IS DISTINCT FROM CAST(b.value AS DOUBLE)
               OR a.target_end_date IS DISTINCT FROM CAST(b.target_end_date AS DATE)"""
    ).fetchall()
    assert differing == [(0,)]
    locations = duckdb.sql(f"SELECT DISTINCT location FROM read_parquet('{parquet}')").fetchall()
    assert {("01",), ("US",)} <= set(locations)


def test_a_file_of_another_table_is_refused_with_its_columns(gongkai, shared_data):
    path = shared_data / "cdc_vaccination_my" / "population.csv"

    done = gongkai(
        "publish", str(path), "--dataset", f"{SLUG}/new_donors_daily", "--json", ok=False
    )

    codes = {group["code"] for group in json.loads(done.stdout)["groups"]}
    assert codes & {"unknown-column", "missing-column", "header-unknown", "header-missing"}
    assert "problems that block" in done.stderr
