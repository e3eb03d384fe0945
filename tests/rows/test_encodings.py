import random

import pytest

from gongkai.domain.problems import Problem
from gongkai.rows.decode import Survey, as_utf8
from gongkai.rows.encodings import ENCODING_CHOICES
from gongkai.rows.problem_lists import Unreadable
from tests.rows import texts

FILES = 500
READ = {
    "utf-8": (texts.SIMPLIFIED, "UTF-8"),
    "gb18030": (texts.SIMPLIFIED, "GB18030"),
    "cp950": (texts.TRADITIONAL, "Big5"),
    "utf-16-le": (texts.SIMPLIFIED, "UTF-16 LE"),
    "utf-16-be": (texts.TRADITIONAL, "UTF-16 BE"),
}
NEVER_READ = {
    "cp932": texts.JAPANESE,
    "euc_jp": texts.JAPANESE,
    "cp949": texts.KOREAN,
    "cp1252": texts.LATIN,
    "mac_roman": texts.LATIN,
    "cp1251": texts.RUSSIAN,
    "koi8_r": texts.RUSSIAN,
    "cp1253": texts.GREEK,
    "cp874": texts.THAI,
}


def survey(folder, content: bytes, **given) -> Survey:
    path = folder / "upload"
    path.write_bytes(content)
    return as_utf8(path, folder, longest_line=10**6, **given)


def text_of(found: Survey) -> str:
    return b"".join(found.read_chunks()).decode()


def refusal(folder, content: bytes, **given) -> tuple[Problem, Unreadable]:
    with pytest.raises(Unreadable) as caught:
        survey(folder, content, **given)
    return caught.value.groups[0].first[0], caught.value


def tables(words, codec: str, rows: tuple[int, int]):
    """Yield small tables that are not all ASCII, a third of them with an ASCII header."""
    chance = random.Random(f"{codec} {rows}")
    made = 0
    while made < FILES:
        text = texts.table(words, chance.randint(*rows), chance, header=chance.random() < 0.67)
        content = text.encode(codec, "ignore")
        if not text.isascii() and not (codec.isalnum() and content.isascii()):
            made += 1
            yield content.decode(codec), content


@pytest.mark.parametrize("codec", READ)
@pytest.mark.parametrize(("rows", "least"), [((3, 30), 0.99), ((1, 2), 0.85)])
def test_small_files_are_read_right_or_refused_but_never_wrong(tmp_path, codec, rows, least):
    words, name = READ[codec]
    right = 0
    for text, content in tables(words, codec, rows):
        try:
            found = survey(tmp_path, content)
        except Unreadable:
            continue
        assert (text_of(found), found.encoding) == (text, name)
        right += 1

    assert right >= least * FILES


@pytest.mark.parametrize("codec", NEVER_READ)
def test_other_languages_are_never_read_as_chinese(tmp_path, codec):
    for text, content in tables(NEVER_READ[codec], codec, (1, 3)):
        if content.isascii():
            continue
        problem, _ = refusal(tmp_path, content)
        assert problem.code in ("ambiguous-encoding", "doubtful-encoding", "unknown-encoding"), text


def test_chinese_words_that_are_valid_utf_8_by_accident_are_not_read_as_utf_8(tmp_path):
    chance = random.Random(7)
    hanzi = [
        bytes((lead, trail)).decode("gb2312")
        for lead in range(0xB0, 0xD7)
        for trail in range(0xA1, 0xFF)
    ]
    accidents = 0
    while accidents < 300:
        word = "".join(chance.choices(hanzi, k=chance.choice((1, 2, 2, 2, 3, 4))))
        content = f"code,x\nA,{word}\n".encode("gb18030")
        try:
            content.decode()
        except UnicodeDecodeError:
            continue
        accidents += 1
        try:
            read = text_of(survey(tmp_path, content))
        except Unreadable as caught:
            details = caught.details
        else:
            pytest.fail(f"{word} was read as {read}")
        previews = [one["preview"] for one in details["encoding_candidates"]]
        assert any(word in line for lines in previews for line in lines)


@pytest.mark.parametrize(
    "word", ["3楼", "鲁A12345", "3位", "10枚", "3尾", "第5路", "未A", "女", "小学"]
)
def test_a_word_of_one_character_beside_ascii_is_not_read_as_a_sign(tmp_path, word):
    content = f"code,x\nA,{word}\n".encode("gb18030")

    assert refusal(tmp_path, content)[0].code == "ambiguous-encoding"


def test_a_few_characters_deep_in_a_large_file_are_judged_too(tmp_path):
    plain = b"code,x\n" + b"A,plain text\n" * 100_000
    end = b"B,plain text\n" * 100_000

    assert survey(tmp_path, plain + "C,5 μg\n".encode() + end).encoding == "UTF-8"
    problem, _ = refusal(tmp_path, plain + "C,3楼\n".encode("gb18030") + end)
    assert "GB18030 “C,3楼”" in problem.message.en


@pytest.mark.parametrize(
    "value",
    (
        "5 μg/L|37.5°C|37 °C|± 2|10²|m³|β-lactam|café|Müller|São Paulo|José|3×4|门|Batu 1 ½ Jalan|"
        "1½|¥12|Tylenol®|A·B"
    ).split("|"),
)
def test_english_with_a_sign_or_an_accent_is_plain_utf_8(tmp_path, value):
    found = survey(tmp_path, f"code,x\nA,{value}\n".encode())

    assert (found.encoding, found.evidence) == ("UTF-8", {"encoding_by": "utf-8"})


def test_a_known_header_decides_what_the_words_do_not(tmp_path):
    content = "编码,名称\nA,中\n".encode("gb18030")
    problem, _ = refusal(tmp_path, content.replace("编码,名称".encode("gb18030"), b"code,name"))

    found = survey(tmp_path, content, known_headers={"编码", "名称"})

    assert problem.code == "ambiguous-encoding"
    assert (found.encoding, found.evidence["encoding_by"]) == ("GB18030", "evidence")


def test_a_preview_shows_each_reading_and_the_choice_is_obeyed(tmp_path):
    text = "code,name\nA,中\n"
    problem, caught = refusal(tmp_path, text.encode("gb18030"))
    candidates = {one["encoding"]: one for one in caught.details["encoding_candidates"]}

    found = survey(tmp_path, text.encode("gb18030"), encoding="gb18030")

    assert "GB18030 “A,中”" in problem.message.zh
    assert candidates["gb18030"]["preview"] == ["A,中"]
    assert candidates["big5"]["preview"] == ["A,笢"]
    assert text_of(found) == text
    assert (found.encoding, found.evidence) == ("GB18030", {"encoding_by": "choice"})
    other = survey(tmp_path, text.encode("gb18030"), encoding="big5")
    assert text_of(other) == "code,name\nA,笢\n"


@pytest.mark.parametrize("choice", ENCODING_CHOICES)
def test_every_choice_reads_back_what_was_written(tmp_path, choice):
    sample = {"shift_jis": "日本語", "euc-jp": "日本語", "euc-kr": "한국", "windows-1252": "é€"}
    text = f"code,x\nA,{sample.get(choice, '中')}\n"

    found = survey(tmp_path, text.encode(choice), encoding=choice)

    assert text_of(found) == text
    assert found.evidence == {"encoding_by": "choice"}


def test_a_wrong_choice_is_refused_with_the_place(tmp_path):
    content = "code,x\r\nA,诊察费\r\nB,镕\r\n".encode("gb18030")

    problem, _ = refusal(tmp_path, content, encoding="euc-kr")

    assert problem.code == "broken-encoding"
    assert "EUC-KR" in problem.message.en
    assert "(line 3)" in refusal(tmp_path, content, encoding="euc-jp")[0].message.en


def test_an_unknown_choice_is_refused_with_the_list(tmp_path):
    problem, _ = refusal(tmp_path, b"code\nA\n", encoding="ebcdic")

    assert problem.code == "unknown-encoding-choice"
    assert "gb18030, big5" in problem.message.en


def test_a_cut_character_is_refused_with_line_offset_and_bytes(tmp_path):
    lines = [f"K{n},一般门诊诊察费" for n in range(500)]
    content = "\n".join(["code,x", *lines]).encode("gb18030")
    at = content.index(b"K321") + 8

    problem, _ = refusal(tmp_path, content[:at] + content[at + 1 :])

    assert problem.code in ("unknown-encoding", "broken-encoding")
    assert "line 323)" in problem.message.en
    assert "GB18030" in problem.message.en


def test_big5_with_a_broken_character_is_said_to_be_big5(tmp_path):
    content = "\n".join(texts.TRADITIONAL).encode("cp950", "ignore") + b"\n\xa4\n"

    problem, _ = refusal(tmp_path, content)

    assert "are not Big5" in problem.message.en


def test_four_byte_characters_and_the_mark_of_gb18030_are_read(tmp_path):
    text = "code,x\nA,㐂𠮷与一般门诊诊察费\n"

    found = survey(tmp_path, ("\ufeff" + text).encode("gb18030"))

    assert (text_of(found), found.encoding) == (text, "GB18030 BOM")
    assert text_of(survey(tmp_path, text.encode("gb18030"))) == text


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text", ["code,x\nA,1\n", "项目,价格\r\n一般门诊诊察费，每次\r\n", "a\t𠮷\rb\t㐂\r"]
)
def test_utf_16_without_a_mark_is_read_by_its_zero_bytes(tmp_path, codec, text):
    found = survey(tmp_path, text.encode(codec))

    assert text_of(found) == text
    assert found.evidence == {"encoding_by": "evidence"}


def test_utf_16_that_is_cut_is_refused(tmp_path):
    problem, _ = refusal(tmp_path, "code,x\nA,诊\n".encode("utf-16-le")[:-1])

    assert problem.code == "broken-encoding"
    assert "UTF-16 LE" in problem.message.en


def test_a_large_file_is_decided_by_windows_all_over_it_and_decoded_strictly(tmp_path):
    chance = random.Random(3)
    text = "".join(texts.table(texts.SIMPLIFIED, 1000, chance, header=False) for _ in range(60))
    content = text.encode("gb18030")
    assert len(content) > 1024 * 1024

    assert text_of(survey(tmp_path, content)) == text
    problem, _ = refusal(tmp_path, content + b"K,\xff\xff\n")
    assert problem.code in ("broken-encoding", "unknown-encoding")


def test_utf_8_lines_in_a_large_gb18030_file_are_found(tmp_path):
    lines = [f"K{n},一般门诊诊察费".encode("gb18030") for n in range(50_000)]
    lines[31_414] = "K,一般门诊诊察费".encode()

    problem, _ = refusal(tmp_path, b"\r\n".join(lines))

    assert problem.code == "mixed-encodings"
    assert "line 31415 is UTF-8 and line 1 is not" in problem.message.en
