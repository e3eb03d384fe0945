"""Words of many languages, as tables of health institutions have them, and tables made of them."""

import random
from collections.abc import Sequence

SIMPLIFIED = (
    "项目名称 一般门诊诊察费 普通床位费 静脉输液 阑尾切除术 头孢呋辛酯片 阿莫西林胶囊 血常规 肝功能检查 "
    "彩色多普勒超声 儿科 妇产科 急诊科 口腔颌面外科 王建国 李秀英 张伟 欧阳娜娜 济南市槐荫区经十路 "
    "泰安市中心医院 第三人民医院 社区卫生服务中心 正常 异常 待定 男 女 是 否 每次 每日 每人次 元 "
    "自费 医保甲类 医保乙类 按实际发生收费 不含材料 大肠埃希氏菌 游离氯 浑浊度 肉眼可见物 出厂水 末梢水 "
    "新增确诊病例 无症状感染者 密切接触者 解除隔离 二〇二〇年一月 三级甲等 副主任医师 护士长 备注 价格 单位"
).split()
TRADITIONAL = (
    "項目名稱 一般門診診察費 普通病床費 靜脈輸液 闌尾切除術 頭孢菌素錠 阿莫西林膠囊 血液常規檢查 肝功能檢驗 "
    "彩色超音波 兒科 婦產科 急診室 口腔顎面外科 陳建國 林淑芬 張偉 歐陽娜娜 臺北市中正區忠孝東路 "
    "臺中榮民總醫院 衛生福利部 社區健康服務中心 正常 異常 待定 男 女 是 否 每次 每日 每人次 元 "
    "自費 健保給付 部分負擔 依實際發生收費 不含材料 大腸桿菌 餘氯 濁度 懸浮固體 淨水場 管線末端 "
    "新增確定病例 無症狀感染者 密切接觸者 解除隔離 一〇九年一月 醫學中心 主治醫師 護理長 備註 價格 單位"
).split()
JAPANESE = (
    "項目名 初診料 入院基本料 点滴静脈注射 虫垂切除術 アモキシシリンカプセル 血液検査 肝機能検査 超音波検査 小児科 産婦人科 "
    "救急外来 口腔外科 佐藤花子 鈴木一郎 東京都千代田区霞が関 大阪市立総合医療センター 保健所 異常なし 要再検査 男性 女性 "
    "はい いいえ 一日につき 一回につき 円 自己負担 保険適用 実費 材料費を除く 大腸菌 残留塩素 濁度 水道水 "
    "新規感染者数 濃厚接触者 退院 令和二年一月 看護師長 備考 価格 単位 お知らせ ワクチン インフルエンザ"
).split()
KOREAN = (
    "항목명 초진진찰료 입원료 정맥주사 충수절제술 아목시실린캡슐 혈액검사 간기능검사 초음파검사 소아청소년과 산부인과 응급의학과 "
    "치과 김철수 이영희 서울특별시종로구 부산대학교병원 보건소 정상 이상 남자 여자 예 아니오 일당 회당 원 본인부담 급여 "
    "비급여 재료비별도 대장균 잔류염소 탁도 수돗물 신규확진자 접촉자 격리해제 이천이십년일월 간호부장 비고 가격 단위 예방접종 독감"
).split()
LATIN = (
    "Müller Käse Größe Straße Übersicht Gerät Mädchen Krankenhäuser für Gebühr Prüfung café Santé "
    "hôpital médecin infirmière réanimation opération prélèvement général élevé niño año señora "
    "español médico cirugía habitación crónica São Paulo coração injeção Ångström Malmö sjukhus vård "
    "läkare €12 5°C ±2 naïve Noël façade œuvre 10µg patient’s “room” – fee"
).split()
RUSSIAN = (
    "Наименование Приём врача Койко-день Внутривенное вливание Анализ крови Педиатрия Больница "
    "Иванов Смирнова Москва улица Ленина норма отклонение мужской женский да нет рубль цена единица "
    "примечание поликлиника вакцинация грипп"
).split()
GREEK = (
    "Ονομασία Εξέταση αίματος Νοσοκομείο Αθήνα γιατρός τιμή μονάδα παρατηρήσεις εμβόλιο γρίπη "
    "άνδρας γυναίκα ναι όχι φυσιολογικό παιδιατρική"
).split()
THAI = (
    "ชื่อรายการ ตรวจเลือด โรงพยาบาล กรุงเทพ แพทย์ ราคา หน่วย หมายเหตุ วัคซีน ไข้หวัดใหญ่ ชาย หญิง ใช่ ไม่ใช่ ปกติ"
).split()


def table(words: Sequence[str], rows: int, chance: random.Random, *, header: bool) -> str:
    """Return CSV: a code, one or two columns of words, a number."""
    names = chance.sample(words, 2) if header else ["name", "note"]
    lines = [f"code,{names[0]},{names[1]},value"]
    for number in range(rows):
        first, second = chance.choice(words), chance.choice(words)
        cells = [f"K{number:04d}", first, second if chance.random() < 0.7 else "", "12.5"]
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"
