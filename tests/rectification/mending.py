"""A site whose nights open and settle rectification cases, too."""

from datetime import date

from sqlalchemy import select

from gongkai.domain.identifiers import DatasetId
from gongkai.models import RectificationCase, RectificationEvent, RectificationSource
from gongkai.models.draft import Step
from gongkai.services import rectification_acts as acts
from gongkai.services.catalog import get_dataset, get_institution, get_release
from gongkai.services.clock import clock_of
from gongkai.services.publishing import withdraw_release
from gongkai.services.rectifying import rectify
from gongkai.testing import actor, publish_rows
from tests.clock.living import LivingSite, at, supervisor

COSTS = "yunhe-blood/blood_costs"
# A change of 30 January is due on 5 March; overdue from the 6th, its case ends on the 20th.
CHANGED, OVERDUE, ENDS = "2026-01-30", "2026-03-06", "2026-03-20"
NEEDS_CLOCK = (acts.recheck, acts.extend)


def costs(amount="1260.40"):
    return [{"year": 2025, "cost_item": "test", "amount_wan": amount, "note_text": ""}]


class MendingSite(LivingSite):
    """A living site with the job of rectification after its nightly check."""

    def night(self, text: str) -> int:
        late = super().night(text)
        self.today = at(text, 0)
        self.mend()
        self.today = at(text)
        return late

    def mend(self) -> int:
        with self.transaction() as session:
            return rectify(session, clock_of(session, self.plugins), self.now())

    def cases(self) -> list[RectificationCase]:
        with self.reading() as session:
            return list(session.scalars(select(RectificationCase).order_by("id")).unique())

    def case_of(self, address: str = COSTS) -> RectificationCase:
        found = [one for one in self.cases() if one.dataset and str(one.dataset.address) == address]
        assert len(found) == 1, found
        return found[0]

    def case_of_id(self, case_id: int) -> RectificationCase:
        return next(one for one in self.cases() if one.id == case_id)

    def history(self, case_id: int) -> list[str]:
        return [one.kind for one in self.events(case_id)]

    def events(self, case_id: int) -> list[RectificationEvent]:
        query = select(RectificationEvent).where(RectificationEvent.case_id == case_id)
        with self.reading() as session:
            return list(session.scalars(query.order_by(RectificationEvent.id)))

    def overdue_costs(self) -> RectificationCase:
        """Let one change run past its day; return its case."""
        self.change(COSTS, CHANGED)
        self.night(OVERDUE)
        return self.case_of()

    def act(self, verb, case_id: int, by=None, **given) -> RectificationCase:
        """Do one step of a case: by the clerk, unless ``by`` says who."""
        by = by or actor(self, Step.SUBMIT)
        with self.transaction() as session:
            case = acts.get_case(session, case_id, by, for_update=True)
            before = [clock_of(session, self.plugins)] if verb in NEEDS_CLOCK else []
            return verb(session, *before, case, by=by, now=self.now(), **given)

    def inspected(self, finding: str = "页面上的电话打不通。", **given) -> RectificationCase:
        """Open a case by inspection."""
        given = {"now": self.now()} | given
        given["by"] = given.get("by") or supervisor(self)
        with self.transaction() as session:
            return acts.open_case(
                session,
                clock_of(session, self.plugins),
                get_institution(session, "yunhe-blood"),
                **{"source": RectificationSource.INSPECTION, "finding": finding} | given,
            )

    def publish_costs(self, amount: str = "1260.40", formed: str = CHANGED):
        return publish_rows(self, COSTS, costs(amount), formed_on=date.fromisoformat(formed))

    def withdraw_costs(self) -> None:
        with self.transaction() as session:
            dataset = get_dataset(session, DatasetId.parse(COSTS))
            release = get_release(session, dataset, "latest")
            leader = actor(self, Step.APPROVE)
            withdraw_release(
                session, self.plugins, release, by=leader, reason="数据有误", now=self.now()
            )
