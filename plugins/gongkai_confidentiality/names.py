"""What a Chinese personal name looks like, and what a diagnosis looks like."""

import re
from collections.abc import Callable, Sequence

from gongkai_confidentiality.surnames import SURNAMES

_DOUBLE = "|".join(sorted(name for name in SURNAMES if len(name) > 1))
SURNAME = f"{_DOUBLE}|[{''.join(sorted(name for name in SURNAMES if len(name) == 1))}]"
_NAME = re.compile(
    rf"(?:{SURNAME})[\u4e00-\u9fff]{{1,2}}|[\u4e00-\u9fff]{{2,8}}[·•][\u4e00-\u9fff]{{2,8}}|"
    r"[\u4e00-\u9fff][\u4e00-\u9fff]?[*＊某xX×○〇]{1,3}[\u4e00-\u9fff]?"
)
# Two to four characters that begin like a surname are as often a place, a ward or a disease.
_NO_NAME = re.compile(
    r".*(?:[病炎癌瘤热疹症毒疫乱痘痨疟伤染压科室院站所处部组区县市省州镇乡村街路局厅委会校店厂库片"
    r"丸液剂霉胶针膏散糖盐酸血浆板型类级项次率量数值费术检查型]|综合|骨折|中心|合计|小计|总计)$"
)
_ICD = re.compile(r"[A-TV-Z][0-9]{2}(?:\.[0-9X][0-9A-Z]{0,3})?(?:[†*+])?")
_DISEASE = re.compile(
    r".*(?:病|炎|癌|瘤|疹|痘|痨|疟疾|结核|肝炎|梅毒|淋病|感染|骨折|综合征|高血压|阳性|中风|肺炎|贫血|"
    r"抑郁|精神分裂|HIV|AIDS)(?:[（(].*)?"
)
ENOUGH = 0.7


def is_name(text: str) -> bool:
    """Tell whether a text is shaped like a Chinese personal name, whole or half hidden."""
    text = text.strip().replace(" ", "").replace("\u3000", "")
    return len(text) >= 2 and bool(_NAME.fullmatch(text)) and not _NO_NAME.match(text)


def are_names(texts: Sequence[str]) -> bool:
    """Tell whether at least seven texts in ten are names."""
    return _share(texts, is_name) >= ENOUGH


def are_diagnoses(texts: Sequence[str]) -> bool:
    """Tell whether a column holds ICD-10 codes (with a point among them) or diseases."""
    if any("." in text for text in texts) and _share(texts, _is_icd) >= ENOUGH:
        return True
    return _share(texts, _is_disease) >= ENOUGH


def _is_icd(text: str) -> bool:
    return bool(_ICD.fullmatch(text.strip()))


def _is_disease(text: str) -> bool:
    return len(text) <= 30 and bool(_DISEASE.fullmatch(text.strip()))


def _share(texts: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, texts)) / len(texts) if texts else 0.0
