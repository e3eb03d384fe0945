"""Obligations in every state, written straight into the table."""

from datetime import datetime, time, timedelta

from sqlalchemy import delete, select

from gongkai.domain.times import SHANGHAI
from gongkai.models import Dataset, Institution
from gongkai.models.obligation import Obligation
from gongkai.site import Site
from gongkai.testing import NOON, make_institution

TODAY = NOON.date()
RULES = ("proactive_20wd", "daily_next_workday", "starting_plan", "budget_20d")


class NoonSite(Site):
    """A site whose clock stands at NOON."""

    def now(self):
        return NOON


def three_institutions(site):
    """Make a blood station and two hospitals, with no obligation; one hospital has no region."""
    make_institution(site, region_code="370102", region_zh="历下区", region_en="Lixia")
    for slug, code in (("lihu-hospital", "320211"), ("anhe-hospital", None)):
        make_institution(
            site,
            slug,
            "hospital",
            name_zh=f"{slug}医院",
            name_en=slug,
            region_code=code,
            region_zh="滨湖区" if code else "",
            region_en="Binhu" if code else "",
        )
    with site.transaction() as session:
        session.execute(delete(Obligation))


def obligation(dataset, number=0, **given):
    """Return an obligation of ``dataset``, open and due in 30 days."""
    values = {
        "dataset_id": dataset.id,
        "institution_id": dataset.institution_id,
        "item_key": dataset.item_key,
        "rule_key": "proactive_20wd",
        "occasion": f"change:{TODAY - timedelta(days=number)}",
        "opened_by": "change",
        "opened_at": NOON,
        "trigger_on": TODAY - timedelta(days=number),
        "due_on": TODAY + timedelta(days=30),
        "state": "open",
    }
    return Obligation(**{**values, **given})


def one_obligation(site, address="yunhe-blood/blood_fees", **given):
    """Put one obligation into the table and return its id."""
    slug, item = address.split("/")
    with site.transaction() as session:
        dataset = session.scalars(
            select(Dataset)
            .join(Institution)
            .where(Institution.slug == slug, Dataset.item_key == item)
        ).one()
        made = obligation(dataset, **given)
        session.add(made)
        session.flush()
        return made.id


def random_obligations(session, chance, count=600):
    """Return obligations of all kinds over two years around today."""
    datasets = session.scalars(select(Dataset)).all()
    made = []
    for number in range(count):
        due_on = TODAY + timedelta(days=chance.randint(-420, 60))
        state = chance.choice(
            ["open", "due_soon", "overdue", "suspended", "met", "met_late", "waived"]
        )
        hour = chance.choice([None, None, 10, 14])
        given = {
            "rule_key": chance.choice(RULES),
            "due_on": due_on,
            "state": state,
            "due_at": datetime.combine(due_on, time(hour), SHANGHAI) if hour else None,
            "provisional_year": None if state == "overdue" else chance.choice([None, None, 2027]),
            "waived_reason": "经批准。" if state == "waived" else None,
        }
        made.append(obligation(chance.choice(datasets), number, **given))
    session.add_all(made)
    session.flush()
    return made
