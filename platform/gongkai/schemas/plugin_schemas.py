"""marshmallow schemas of a plugin's YAML: an unknown key is a typo and is refused."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from gongkai.domain.expressions import names_in, parse_expression
from gongkai.domain.identifiers import is_key
from gongkai.domain.items import Frequency, RuleLevel, ServiceKind, SourceGrade, TermUnit
from gongkai.domain.problems import Severity
from gongkai.domain.table_schema import FieldType


def _key(value: str) -> None:
    if not is_key(value):
        raise ValidationError(f"{value!r} is not a key; use snake_case such as blood_inventory")


def _regex(value: str) -> None:
    try:
        re.compile(value)
    except re.error as error:
        raise ValidationError(f"not a regular expression: {error}") from error


def _one_of(kind: Any) -> validate.OneOf:
    return validate.OneOf([member.value for member in kind])


class _Number(fields.Field[Any]):
    """A number as YAML has it, or text; kept exact as text."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        try:
            Decimal(str(value))
        except InvalidOperation as error:
            raise ValidationError(f"{value!r} is not a number") from error
        return value


class TextSchema(Schema):
    zh = fields.String(required=True, validate=validate.Length(min=1))
    en = fields.String(required=True, validate=validate.Length(min=1))


class CategorySchema(Schema):
    value = fields.String(required=True)
    label = fields.Nested(TextSchema, required=True)


class ConstraintsSchema(Schema):
    required = fields.Boolean()
    unique = fields.Boolean()
    pattern = fields.String(validate=_regex)
    minimum = fields.Raw()
    maximum = fields.Raw()
    maxLength = fields.Integer(strict=True, validate=validate.Range(min=1))
    enum = fields.List(fields.String())


class FieldSchema(Schema):
    name = fields.String(required=True, validate=_key)
    type = fields.String(required=True, validate=_one_of(FieldType))
    title = fields.Nested(TextSchema, required=True)
    description = fields.Nested(TextSchema)
    unit = fields.Nested(TextSchema)
    example = fields.String(required=True)
    constraints = fields.Nested(ConstraintsSchema, load_default=dict)
    categories = fields.List(fields.Nested(CategorySchema), validate=validate.Length(min=1))
    decimals = fields.Integer(strict=True, validate=validate.Range(min=0, max=12))
    step = _Number()
    delimiter = fields.String(validate=validate.Length(equal=1))
    list_values = fields.List(fields.String())
    required_when = fields.String()
    missingValues = fields.List(fields.String())
    pattern_severity = fields.String(validate=_one_of(Severity))
    public_contact = fields.Boolean()
    public_official = fields.Boolean()
    personal_count = fields.Boolean()

    @validates_schema
    def check_shape(self, data: dict[str, Any], **_: Any) -> None:
        numeric = data["type"] in (FieldType.INTEGER, FieldType.NUMBER)
        for name in ("decimals", "step", "personal_count"):
            if name in data and not numeric:
                raise ValidationError(f"{name} belongs to a number or an integer", name)
        bounds = data.get("constraints", {})
        for name in ("minimum", "maximum"):
            if name in bounds and numeric:
                _Number().deserialize(bounds[name])
        if data.get("categories") and data["type"] != FieldType.STRING:
            raise ValidationError("categories belong to a string", "categories")
        values = [category["value"] for category in data.get("categories", ())]
        if len(set(values)) != len(values):
            raise ValidationError("a category stands twice", "categories")
        if "enum" in bounds and values and list(bounds["enum"]) != values:
            raise ValidationError("enum and categories differ; leave enum out", "constraints")


class ReferenceSchema(Schema):
    resource = fields.String(required=True, validate=_key)
    fields_ = fields.List(fields.String(), required=True, data_key="fields")


class ForeignKeySchema(Schema):
    fields_ = fields.List(fields.String(), required=True, data_key="fields")
    reference = fields.Nested(ReferenceSchema, required=True)


class _RuleSchema(Schema):
    key = fields.String(required=True, validate=_key)
    message = fields.Nested(TextSchema, required=True)
    severity = fields.String(load_default="error", validate=_one_of(Severity))


class RowRuleSchema(_RuleSchema):
    expect = fields.String(required=True)
    when = fields.String()
    field = fields.String()


class TotalRuleSchema(_RuleSchema):
    fields_ = fields.List(fields.String(), required=True, data_key="fields")
    within = fields.List(fields.String(), required=True)
    total = fields.String(required=True)
    parts = fields.String(required=True)
    tolerance = _Number()


class CountRuleSchema(_RuleSchema):
    where = fields.String(required=True)
    at_least = fields.Integer(strict=True)
    at_most = fields.Integer(strict=True)


class TableSchemaSchema(Schema):
    fields_ = fields.List(
        fields.Nested(FieldSchema),
        required=True,
        validate=validate.Length(min=1),
        data_key="fields",
    )
    primaryKey = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    nullableKey = fields.List(fields.String())
    missingValues = fields.List(fields.String(), load_default=lambda: [""])
    foreignKeys = fields.List(fields.Nested(ForeignKeySchema))
    rules = fields.List(fields.Nested(RowRuleSchema))
    totals = fields.List(fields.Nested(TotalRuleSchema))
    counts = fields.List(fields.Nested(CountRuleSchema))

    @validates_schema
    def check_names(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a name that no field has, wherever one is named."""
        names = [field["name"] for field in data["fields_"]]
        if len(set(names)) != len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise ValidationError(f"two fields are named {', '.join(twice)}", "fields")
        for key in ("primaryKey", "nullableKey"):
            _known(data.get(key, ()), names, key)
        for entry in data.get("foreignKeys", ()):
            _known(entry["fields_"], names, "foreignKeys")
        for field in data["fields_"]:
            if "required_when" in field:
                _expression(field["required_when"], names, "fields")
        for rule in data.get("rules", ()):
            for part in ("expect", "when"):
                if rule.get(part):
                    _expression(rule[part], names, "rules")
            _known([rule["field"]] if rule.get("field") else (), names, "rules")
        for rule in data.get("totals", ()):
            _known((*rule["fields_"], *rule["within"]), names, "totals")
            for part in ("total", "parts"):
                _expression(rule[part], names, "totals")
        for rule in data.get("counts", ()):
            _expression(rule["where"], names, "counts")


class DisclosureItemSchema(Schema):
    key = fields.String(required=True, validate=_key)
    title = fields.Nested(TextSchema, required=True)
    description = fields.Nested(TextSchema, required=True)
    theme = fields.Nested(TextSchema)
    service_kinds = fields.List(
        fields.String(validate=_one_of(ServiceKind)), required=True, validate=validate.Length(min=1)
    )
    legal_basis = fields.List(
        fields.Nested(TextSchema), required=True, validate=validate.Length(min=1)
    )
    frequency = fields.String(required=True, validate=_one_of(Frequency))
    deadline_rules = fields.List(
        fields.String(validate=_key), required=True, validate=validate.Length(min=1)
    )
    tier = fields.Integer(strict=True, validate=validate.OneOf([1, 2, 3]))
    authority_required = fields.Boolean()
    public_bodies_only = fields.Boolean()
    notes = fields.List(fields.Nested(TextSchema))
    table_schema = fields.Nested(TableSchemaSchema, required=True)


class InstitutionTypeSchema(Schema):
    key = fields.String(required=True, validate=_key)
    title = fields.Nested(TextSchema, required=True)
    description = fields.Nested(TextSchema, required=True)
    service_kinds = fields.List(
        fields.String(validate=_one_of(ServiceKind)), required=True, validate=validate.Length(min=1)
    )
    legal_basis = fields.List(
        fields.Nested(TextSchema), required=True, validate=validate.Length(min=1)
    )


class DeadlineRuleSchema(Schema):
    key = fields.String(required=True, validate=_key)
    title = fields.Nested(TextSchema, required=True)
    trigger = fields.Nested(TextSchema, required=True)
    length = fields.Integer(strict=True, allow_none=True)
    unit = fields.String(required=True, validate=_one_of(TermUnit))
    fixed_month_day = fields.String(validate=validate.Regexp(r"^\d{2}-\d{2}$"))
    time_of_day = fields.String(validate=validate.Regexp(r"^\d{2}:\d{2}$"))
    extension_length = fields.Integer(strict=True, validate=validate.Range(min=1))
    days_before = fields.Integer(strict=True, validate=validate.Range(min=0))
    actor = fields.Nested(TextSchema)
    source = fields.Nested(TextSchema, required=True)
    article = fields.String()
    level = fields.String(validate=_one_of(RuleLevel))
    overrides = fields.List(fields.String(validate=_key))
    regions = fields.List(fields.String(validate=validate.Regexp(r"^\d{2,6}$")))
    overridable_by_local = fields.Boolean()
    effective_from = fields.Date()
    effective_to = fields.Date()
    remind_before = fields.List(fields.Integer(strict=True, validate=validate.Range(min=1)))
    grade = fields.String(required=True, validate=_one_of(SourceGrade))
    description = fields.Nested(TextSchema, required=True)

    @validates_schema
    def _has_what_its_unit_needs(self, data: dict[str, Any], **_: Any) -> None:
        unit = data.get("unit")
        if unit in ("working_day", "natural_day", "hour") and data.get("length") is None:
            raise ValidationError(f"a rule in {unit}s needs a length", "length")
        if unit == "fixed_date" and "fixed_month_day" not in data:
            raise ValidationError("a fixed date needs its month and day", "fixed_month_day")
        if data.get("level") == "local" and not data.get("overrides"):
            raise ValidationError("a local rule names the rules it shortens", "overrides")


class DeadlineRulesSchema(Schema):
    rules = fields.List(fields.Nested(DeadlineRuleSchema), required=True)


def _known(wanted: Any, names: list[str], where: str) -> None:
    missing = [name for name in wanted if name not in names]
    if missing:
        raise ValidationError(f"no field is named {', '.join(missing)}", where)


def _expression(text: str, names: list[str], where: str) -> None:
    try:
        expression = parse_expression(text)
    except ValueError as error:
        raise ValidationError(str(error), where) from error
    missing = sorted({name for name in names_in(expression) if name not in names})
    if missing:
        raise ValidationError(f"{text!r} names no field: {', '.join(missing)}", where)
