"""The institutions are of every type, well formed and nobody's."""

import pytest
from stdnum.cn import uscc

from gongkai.domain.identifiers import is_slug
from gongkai.domain.items import ServiceKind
from gongkai.samples.institutions import INSTITUTIONS, SampleInstitution, sample_institution
from gongkai.samples.places import PLACES


@pytest.mark.parametrize("body", INSTITUTIONS, ids=lambda body: body.slug)
def test_an_institution_is_well_formed(body: SampleInstitution) -> None:
    assert is_slug(body.slug)
    assert uscc.is_valid(body.uscc)
    assert body.uscc[2:8] == body.region_code
    assert PLACES[body.region_code].name == body.region
    assert body.address.startswith(
        PLACES[body.region_code].city.name.zh
    ) or body.address.startswith(body.region.zh)


def test_there_are_bodies_of_every_type_and_kind() -> None:
    assert len(INSTITUTIONS) >= 10
    assert {body.type_key for body in INSTITUTIONS} == {
        "disease_control",
        "hospital",
        "blood_station",
        "primary_care",
    }
    assert frozenset.union(*(body.service_kinds for body in INSTITUTIONS)) == set(ServiceKind)
    assert {body.ownership for body in INSTITUTIONS} > {"public"}


def test_codes_slugs_and_telephone_lines_are_nobody_elses() -> None:
    for values in (
        [body.slug for body in INSTITUTIONS],
        [body.uscc for body in INSTITUTIONS],
        [body.phone(318) for body in INSTITUTIONS],
    ):
        assert len(set(values)) == len(values)
    assert all(code.startswith("39") for code in PLACES)


def test_a_maternal_hospital_owes_what_public_health_and_clinics_owe() -> None:
    kinds = sample_institution("yunhe-mch").service_kinds

    assert kinds == {ServiceKind.PUBLIC_HEALTH, ServiceKind.CLINICAL}
