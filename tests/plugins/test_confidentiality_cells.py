"""What single cells are taken for, and what they are not."""

import pytest

from gongkai.domain.problems import Severity
from tests.bench.looking import item_of_headers, look

CARD = "6222021234567890128"


def found(text, heading="说明", **flags):
    """Return (code, value shown) of what is found in a cell under ``heading``."""
    item = item_of_headers(["序号", heading], {heading: flags})
    return [(group.code, group.first[0].value) for group in look(item, [["1", ""], ["2", text]])]


def severities(text, heading="说明", **flags):
    item = item_of_headers(["序号", heading], {heading: flags})
    return {group.code: group.severity for group in look(item, [["1", ""], ["2", text]])}


@pytest.mark.parametrize(
    "text",
    [
        "联系电话0531-80001234转8123",
        "(01)06901234567892(17)261231(10)ABC",
        "统一社会信用代码91370100495571234K",
        "药品代码XA01ABD13312345678A0483",
        "6901234567892",
        "2013.1.1-2015.12.31",
        "2026-01-31 13:45:12.123456",
        "订单20260131138123456789",
        "3.1415926535897932",
        "26.13812345678",
        "12345678901234567.89",
        "4834.123000000001",
        "sha256:9f13812345678abcdeffedcba98765",
        "https://weibo.com/2803301701/4462036612345678",
        "400-138-1234",
        "150 20260131",
        "150, 200, 300, 400, 5000",
        "服务热线 +86 531 8000 1234",
        "+1 202-555-0143",
        "门诊大楼3号楼2单元",
        "社区卫生服务站，地址：和平花园5栋101室",
        "患者申请病历复印须持身份证",
        "住院号由系统生成",
        "心脏根治性切除术",
        "根治女陰切除術",
        "第一人民医院",
        "医院秘书处",
        "预约挂号微信公众号：云河发布",
    ],
)
def test_ordinary_text_raises_nothing(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "张三13812345678",
        "一13812345678",
        "手机：１３８－１２３４－５６７８",
        "138１２３４5678",
        "(138)12345678",
        "0531-80001234/13812345678",
        "No.13812345678",
        "1.13812345678 张三",
        "幺三八一二三四五六七八",
        "①③⑧①②③④⑤⑥⑦⑧",
    ],
)
def test_a_mobile_number_is_found_beside_whatever_stands_there(text):
    assert found(text) == [("mobile-number", "138****5678")]


@pytest.mark.parametrize(
    "text",
    [
        "张三11010519491231002X",
        "三11010519491231002X",
        "110105(1949)1231-002X",
        "110105*19491231*002x",
        "一一〇一〇五一九四九一二三一〇〇二X",
        "\u202d11010519491231002X\u202c",
        "https://example.org/p?id=11010519491231002X",
    ],
)
def test_an_identity_number_is_found_and_is_nothing_else_besides(text):
    assert found(text) == [("resident-id", "110105********002X")]


def test_a_number_abroad_needs_its_country_or_a_telephone_field():
    assert found("+852-9123 4567") == [("mobile-number", "852****67")]
    assert found("0912-345-678", "手机") == [("mobile-number", "886****78")]
    assert found("0912-345-678") == []


def test_a_mobile_among_fixed_lines_of_as_many_digits_blocks():
    rows = [[str(at), f"0108000{at:04d}"] for at in range(60)]

    [group] = look(item_of_headers(["序号", "号码"]), [*rows, ["x", "13812345678"]])

    assert (group.code, group.severity, group.total) == ("mobile-number", Severity.ERROR, 1)


def test_a_card_with_its_digit_blocks_and_a_mistyped_one_warns():
    assert found(CARD) == [("bank-account", "6222****0128")]
    assert found("6222 0212 3456 7890 128") == [("bank-account", "6222****0128")]
    assert severities(CARD[:-1] + "1") == {"bank-account-doubtful": Severity.WARNING}
    assert found("370123456789", "捐赠账号") == [("bank-account", "3701****6789")]


def test_luhn_alone_is_no_card():
    assert found("9999999999999995") == []


def test_fifteen_digits_need_a_second_sign():
    assert found("110105491231002") == []
    assert severities("110105491231002", "身份证号") == {"resident-id-old": Severity.REVIEW}
    assert severities("证件号110105491231002") == {"resident-id-old": Severity.REVIEW}


def test_a_public_contact_may_give_a_mobile_and_an_account_but_no_identity_number():
    text = f"13812345678，+852-9123 4567，卡号：{CARD}，11010519491231002X"

    assert found(text, public_contact=True) == [("resident-id", "110105********002X")]


def test_sums_of_money_are_no_mobiles_but_may_be_identity_numbers():
    assert found("13812345678", type="integer") == []
    assert found("13812345678.00", type="number", decimals=2) == []
    assert found("110105199003070177", type="integer")[0][0] == "resident-id-doubtful"


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        ("密 级：机 密", "secret-mark", Severity.ERROR),
        ("㊙", "secret-mark", Severity.ERROR),
        ("內部資料", "secret-mark", Severity.ERROR),
        ("工作秘密", "secret-mark", Severity.ERROR),
        ("属于国家秘密", "secret-mention", Severity.REVIEW),
        ("（三）不予公开", "not-public-mention", Severity.REVIEW),
        ("不予公开", "not-public-mark", Severity.ERROR),
        ("根据国卫密〔2020〕5号", "upstream-mark", Severity.REVIEW),
        ("标底：120000元", "commercial", Severity.REVIEW),
        ("治愈率高达98%", "ad-claim", Severity.REVIEW),
        ("全省第一", "ad-word", Severity.WARNING),
        ("zhangsan@qq.com", "private-contact", Severity.WARNING),
        ("住院号：0012345", "record-number", Severity.ERROR),
        ("患者王伟，男，45岁，诊断肺结核", "name-with-diagnosis", Severity.ERROR),
        ("现住幸福小区3号楼2单元501室", "home-address", Severity.ERROR),
        ("持护照E12345678入境", "travel-document", Severity.REVIEW),
    ],
)
def test_words_are_graded_as_the_table_says(text, code, severity):
    assert severities(text) == {code: severity}


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002X",
        "13812345678",
        CARD,
        "住院号：0012345",
        "护照E12345678",
        "zhangsan@qq.com",
        "现住幸福小区3号楼2单元501室",
        "患者王小伟，男，45岁，诊断肺结核",
    ],
)
def test_the_report_does_not_show_what_it_found(text):
    for _, shown in found(text):
        assert text not in shown
        assert "*" in shown
