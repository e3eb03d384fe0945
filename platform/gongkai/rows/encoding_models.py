"""How likely each character is in text of each language: the evidence for an encoding.

The lists hold the commonest characters first: of general text, and of what health
institutions publish (names, places, prices, bulletins). Only their order counts.
"""

from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

Odds = NDArray[np.float32]

_SIMPLIFIED = (
    "市日年卫人医的健月不一中院委生区号上省公是大有时开国江在南发为和数行他第个了新以地西法北"
    "海用务自之二州视可成这民来东县位内文出道我重理山血央级作外期布于定机心政小要说保湖病入三"
    "河天家本到信单子服工请格事路次十类其下如疗科四后诊得名部门治广方建对都们水条会元办同多与"
    "项明也无业分例字种能龙应息度目安件计码里构合管就学填长所过主福输间或而关境城者苏报阳全去"
    "宁结表代康型价经那黑性镇费别写标据网制平前点口正通你电川京情当加限预高规称社等接没起录进"
    "街化着基编系总站检使式采庆利青两值放只告知动解查尔未示统云然岛更传共属金实防复物已处由收"
    "体斯此容台产场按意样见变设证许备亚林每效从特浙闻古面量九看疾现供军支疫头还甲五流技执职任"
    "六回美术存各算药段妇手蒙员吉受白整鲁么指问原列记义测室准好至染常府控马及将节果比权临求必"
    "力周品况改划昌色清注献华率乙津万直否百联层兴程提监楼专施依乡苗拉话调把交集张老疆济石资德"
    "免八身克住题又活巴状取范密超港源包须相阿始象向达质红需商细七识令空额核形想深态该感普选试"
    "连验认转团很址约液育盐师除儿先引急运族泉罗详辽剂教神真止线风几什确完干最决组姓维齐武沙温"
    "份被参滨幼声申再含床夏波乌死群导太哈环询持料书己材季首洛登士根兰非居陕附黄双患失置春童给"
    "诉库领尼责命亡世众片泰何英具留综围威圳版藏射走评均队案气购停精眼带照革则消突协战溪销徽木"
    "律营器耗汉序捐观赠另财议符星影毒企宜投补历底批热郑因司反护足田丙板较光近付审强余随湾澄局"
    "减修断香增沂负花杭呼邮索咨李王甘举食浦校乐坦饮角离隐初配研救步便宾泽唐某助满款铁早农授素"
    "勒读册暂黎往并车胞图今仅村亲且束烟宣压昆界候慢论冠隔适徐固肺贵械牌副箱丁酸腔低页立缩落锦"
    "桥丹佳签荷撤博频麻炎瑞栏肝章聊永岁园嘉架氯房肃户萨坊渠涵胸吸织印招庄史究咸伊厦漳考枣午峰"
    "际察险襄争延续钟莱皮纳岩少易耳音厂半银肿瘤拿措极严淮载锡丰症仪玉错澳油客删簿功晚混悬难火"
    "屏排益志误找秦肥班顺浩函菌像屋淄塔辅飞松脊粒梁终吴邢琼卡荆母造疑爱俄致钱梅桃碘鄂贴胶订诺"
    "厅篇望脉丽龄推微喉岗返予静旗宝陀展警插础牙汇莫纠肠脑曾策响答糖却派腹浏打截窗沈键球末囊零"
    "违千晋移假肤侧洪缺故尾鼻径陵替膜言荣倍废沧养切氧触督韩镜冰朝圣储承侯醉梧档让芜仙但轮堰哥"
    "卢闭愈择振伤洋塞快孟退托腺赤逐赵操途圭埃纷杨览秘默坡潍呢蓝短休岭彭冈待旺澜郭骨宿尿莆述盒"
    "丝淀换边秀污充浮氨挂霞恩毛鹤升阴鹿伦喀缓怀葡溶硬累冻凝浆掌孝菏绍软戊概偿髓硫氟萄抢刚穿币"
    "磁敏透邵寿肉吕赖官菲肾饶介植米刺针灸摄涉孕异亭绥凤典摩勾稽尚露匿右游勤潭套似扎幅虫赣惠桂"
    "纪富舟送蔡估池灰丘纬汤绿旧扬陈仍障籍贯淋宫陆眉婴崇泸店迁柱汪萧庭莲景危邓燕皇仁宏访乳姜盟"
    "滋贾曹稿儋涛鸡铜潜迈唯贝胡汾链姚骤梢凭靖秋牡渔域缴贺滴显焦鹏辛抚曼朱碱迟搜占瓶戴渡忘夜浓"
    "筛粘损坏庚孢蓉苄霉钠钾钙镁锌洲土胃颗宋坪雷丸散膏屯酋磷喷曲冷雾释封隆叶破脏霜希胆酯瓦艾酮"
    "刘醇醛蒋酚苯筹孙潘壬癸抗氮熊碳氢溴启阜羊激魏胰薛鹭脾膀胱草氏盆冯辉颈壁恢卵袁巢塘征肩衢韧"
    "女翔肌账雪杜柳瓣芳凉郊谭谢缝担座毫漯瓜廊孔犁吻栋旦莎萍肢趾踝晶膝髋肘悉腕榆杰君宇郝玲邱顾"
    "珠鼓诚岳尹乔虚浑董凯翠傅沁贞茜昭鑫阎扣装洁廖奉邹雁莺珍崔莉哲脱彦坐珊龚伟娜峡获吊慕磊勇艳"
    "怡盖娟允讼竞谈般阑狂犬锰肇琳佛旭琴忠斌妹俊差媛帆才端濮凡琪妍朗桐善苍黛倩婷鲜姣婉娴瑾颖瑶"
    "婵蓓纨鲤嵌丢轩仓乱绝朔甸麦墨愿判避浊粉谷湘矿培堡洗堂鸭淖胜驻描遇寄援远疹寒迎偏潼促摘沉灭"
    "腮党闽训做语伯岸霍沟越埠左巡挥播雄邦酒念阅翻讯兹巷岱腾盘航叙坻楚扫紧偶臭味讲优灯舍吾忻沪"
    "牛坝署够馈寨迪桑互邑灵毕雅笔哪些友慈竹衡埔络孜若廉股净泗彩顶黔贤奥汕鹰拜柏鞍森残男虹谯罚"
    "禽鉴握谁"
)
_TRADITIONAL = (
    "醫日年人衛月一市不院健中生的號上公之時區委為以開有療數用行在大診病發第省理費個是國西自二"
    "項內務治地術次報本視部他江法位南成和新血期定或檢申了於分可及者性出服民道保門外合得北海支"
    "心方重後計十付小管科下天所應三單每機州目標山作查這來文處限除施調東基事福子家縣入類護請級"
    "要實我含其起準特同加告藥央利經四切層全整間按布政無格點說度註體如與照辦復多工湖師能過到關"
    "手前學結河對填名業信路表化字動代水會口建明條量等放電劑由函康需包牙廣型患原通件種未錄料專"
    "例輸看依局式床元至碼使員主材長察都骨指物組正驗們任案就接童平當而息情安神規約總也射附置訪"
    "疾提面島症須比高測節五去試龍詳容產疫片兒變交連進別記收急網裡构白採資已段算預備境執超住另"
    "各周因流屬列險陽乳臨據般腸寧狀價製免城場社寫證蘇知適巴則補並此形統受于稱腔評兩影核傷引導"
    "係腫著六脈皮離鎮膜續黑解防甲設給那光且訓液瘤身百編慢群細精供殊金抗造石更你氣癌力斷效鏡意"
    "清川京制值九尿傳婦直室線移額居沒器站具張相轉源取助染程頭素該象滿歲青街八乙房品根技職共只"
    "感腺練現改炎色留示側教見腦修先球慶向再質最存亞認升波爾從腹雙必完團植食然菌台活常併眼后均"
    "雲畫歷斯控樣括非達估況麻吸肌毒份確運審始肝符陰回淋果美止義參林馬許固系範囊紅鼻鄉臟還肺古"
    "監宮壓深浙酸聞軍週問態呼足功醉靜率詢姓追注蹤維好腎求胞音登將耗環半蒙克頸集少律初胸紀魯七"
    "構肢吉立持隔帶劃麼配選里濟角輔充風隊鐘拉複餘攝空齒強副府權增華耳諮識否訂題援遠聯膚僅反停"
    "消換失書述低昌板被密興針話獻髓苗織胃刺幹溫津老析際萬縫德何早考樓胱脊協育死又普膀但減穿把"
    "圖簽排序阿鹽納令若疆聲商束孕捐觀幼族圍木首膽論糖養喉港冠氧突微黃閉缺營予激顎很決走真命章"
    "肉底想載署鑑脫烏顯救親近透址熱端議摘羅讀儿沙偏氏齊泉假障遼暫領責塞凍縮吻蛋幾凝什送庫嚴尼"
    "瓣太贈鐵戶武蘭擇異春卡飲儀季采濱溝嬰己訴夏灸版洛隱曾哈做班致胰負齡眾士舉像折陝冷亡世極云"
    "泰雜革英綜篩便投藏裝候丙步授顆勒甘軟复截星懸頻威落圳漢封濃箋盆樂插坦索疑鬆短購延浦宜灣徑"
    "邊財損矯戰溪銷徽敏荷校股司母雷架言承終難銀香較尾永企冊混膠燒批壁准葉洗鄭擴粘善田郵域碘研"
    "油隨廔佳澄車冰漿火官語拿沂橋肩末花杭界史硬李王欄款響午聘巡農械託桃往卵介展推賓澤氯唐跟某"
    "晚煙宣丁丸粒印培膏黎故毛愛掃箱創椎仍今磁村孔拋棄丹昆訊盤客刪振瑞徐夜貴梅牌踝鹼易氟順頁措"
    "摩晶膝錦脾萊誌蟲撤究博趾伊掌腕零峰聊濁左園嘉裂描窗找賴肥肅倍磷薩判坊渠涵廠庭快招氨退散庄"
    "右瘍益套徵咸女廈漳溶棗危休襄壞韌爭貼迴聽操緩潛岩鏈窩返打顧沈醇途膿葡礎淮錫丰策妊娠玉錯待"
    "酮澳萄吊簿翻曲疹滴屏鄂誤瓶儲秦緊浩絲輪謝才屋淄干塔米飛恢梁覺吳邢破瓊宿饋粉荊衡似俄脂臼替"
    "錢卻償髖碳鍵諾督胎廳托篇滋望籍范麗虹氫崗讓旗寶陀鈣警恆廢匯莫糾坐鼓答景派酯蓋瀏秘露鹿簡違"
    "千晉柱洪焦硫陵肘氮尚榮噴楊滄触韓累朝圣巢侯梧綠檔杜彩蕪盒仙堰促哥盧遊愈灌洋孟喀赤逐趙遲圭"
    "霧埃紛陳闌隆銅覽典默坡濰呢藍良岭彭剛岡旺殘瀾郭壽舟几莆釋淀扣潔秀雞污浮挂貫霞恩苯梢獲鶴鋅"
    "紮倫怀仁孝菏紹戊概杰池劉丘邁酚搶貝鈉幣畢談憑友邵毫呂羊賀菲差饒寄燈惡希涉戴异亭綏鳳嵌醛勾"
    "孢稽匿鉀勤礙顱潭扎幅偶贛惠桂富繳蔡灰膈緯湯曼舊揚酒陸妹眉崇瀘店阻階凡遷汪蕭鎂蓮滅腮土鄧燕"
    "皇宏姜盟賈袋竇曹墨稿儋避濤唯胡汾瓦艾姚驟靖秋濾牡漁潘棟鵬辛溴撫朱搜佔森渡忘酬馮庚蓉芐霉洲"
    "宋灼歸坪屯酋瓜霜鎖蔣籌孫壬癸熊啟茜阜優抽魏薛鷺草亂輝袁塘衢斑衰牛翔賬雪互柳芳犬涼錳郊譚擔"
    "沉余座漯廊帆犁旦莎搭宅積暨灶瞼腱萍鮮悉榆君宇敘郝玲邱珠臭誠絕嶽尹喬虛渾窄璃探燙唇董凱夠翠"
    "傅沁礦貞靈昭鑫閻廖奉鄒雁鶯寒珍崔莉哲頂彥珊龔偉肛娜峽男慕磊勇艷怡娟雄允訟競閱狂肇琳佛旭琴"
    "忠斌俊即"
)
_HANGUL = (
    "이다는의가에을고한하지도로은를기나사리인자아어라서시해그대들일만게전과수보여부정있장주면"
    "상동적국제으않없것말용안조성내모위소원오구세연행우요중회공경관비선개방생업야발니분학화유"
    "계교간실료병환진검항목격금액합총명칭번호단날짜년월군읍건강험급약치재술처마취영초음파혈변"
    "백신접종감염질센터역현황통입외래응문울산광충북남"
)
_KANJI = (
    "日一国人年大十二本中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女"
    "北午百書先名川千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨会同事自社発者地業"
    "方新場員立開手力問代明動京目通言理体田主題意不作用度強公持野以思家世多正安院心界教文元重"
    "近考画海売知道集別物使品計死特私始朝運終台広住無真有口少町料工建空急止送切転研足究楽起着"
    "店病質待試族銀早映親験英医仕去味写字答夜音注帰古歌買悪図週室歩風紙黒花春赤青館屋色走秋夏"
    "習駅洋旅服夕借曜飲肉貸堂鳥飯勉冬昼茶弟牛魚兄犬妹姉漢患科療診察費検査薬剤術麻酔項単価税込"
    "合番号区分数量称所県市村保健康険予防接種感染症陽性陰対象和結果成期実施内容部位点回最状況"
    "報告都府設機関鈴佐藤橋渡辺伊加吉池林清崎森阿松井"
)
_MARKS = "〇，。、：；（）“”‘’《》【】？！—…·％～〔〕「」『』－"
_SIGNS = "℃±×÷≤≥＜＞＝＋／αβγμΔⅠⅡⅢⅣⅤ①②③④⑤■□●○★№Φ→↑↓"
_LATIN_LETTERS = "éèàüöäßñçáíóúêâôîûëïãõåøæ"
_LATIN_SIGNS = "\u00a0°’‘“”–—®™©µ±½¼²³£€¥§·•¢"
_THAI_LETTERS = "กขคงจชดตทนบปพมยรลวสหอะาิีืุูเแไ่้์ั"
_OTHER = 0x10000  # where everything beyond the basic plane is counted


class Script(StrEnum):
    """A way of writing that an encoding stands for."""

    SIMPLIFIED = "simplified"
    TRADITIONAL = "traditional"
    JAPANESE = "japanese"
    KOREAN = "korean"
    LATIN = "latin"
    CYRILLIC = "cyrillic"
    GREEK = "greek"
    THAI = "thai"


@cache
def log_odds(script: Script) -> Odds:
    """Return the natural logarithm of each character's share, by code point up to 0xFFFF.

    Position 0x10000 stands for all characters beyond.
    """
    match script:
        case Script.SIMPLIFIED:
            # People write a traditional name now and then; the other way round is impossible.
            share = 0.98 * _simplified() + 0.02 * _traditional()
        case Script.TRADITIONAL:
            share = _traditional()
        case Script.JAPANESE:
            share = _japanese()
        case Script.KOREAN:
            share = _korean()
        case Script.LATIN:
            share = _alphabet((0xC0, 0x180), _LATIN_LETTERS, _LATIN_SIGNS)
        case Script.CYRILLIC:
            share = _alphabet((0x400, 0x460), "".join(map(chr, range(0x430, 0x450))), "№«»–—")
        case Script.GREEK:
            share = _alphabet((0x386, 0x3CF), "".join(map(chr, range(0x3AC, 0x3CF))), "«»–΄")
        case Script.THAI:
            share = _alphabet((0xE01, 0xE50), _THAI_LETTERS, "“”–…")
    odds: Odds = np.log(share).astype(np.float32)
    return odds


def _empty() -> NDArray[np.float64]:
    share = np.full(_OTHER + 1, 1e-9)
    share[_OTHER] = 1e-8
    share[0xE000:0xF900] = 1e-10  # private use: no character at all
    share[0x80:0xA0] = 1e-10
    share[0xA0:0x250] = 1e-6
    share[0x370:0x460] = 2e-6
    share[0x2010:0x2650] = 3e-6
    return share


def _set(share: NDArray[np.float64], characters: str, value: float) -> None:
    codes = [ord(character) for character in characters]
    share[codes] = np.maximum(share[codes], value)


def _rank(share: NDArray[np.float64], characters: str) -> None:
    """Give listed characters what the law of Zipf says of their rank, flattened for tables."""
    ranks = np.arange(len(characters))
    codes = [ord(character) for character in characters]
    share[codes] = np.maximum(share[codes], 0.12 / (ranks + 20))


def _repertoire(codec: str, leads: range, trails: range) -> str:
    pairs = b"".join(bytes((lead, trail)) for lead in leads for trail in trails)
    return pairs.decode(codec, "ignore")


def _chinese() -> NDArray[np.float64]:
    share = _empty()
    share[0x3400:0x4DC0] = 1e-8
    share[0x4E00:0xA000] = 1e-7
    share[0x3000:0x3040] = 1e-5
    share[0x3040:0x3100] = 1e-6
    share[0xFF01:0xFF5F] = 1e-4
    share[0xFF10:0xFF1A] = 1e-3
    _set(share, _MARKS, 3e-3)
    _set(share, _SIGNS, 2e-4)
    return share


@cache
def _simplified() -> NDArray[np.float64]:
    share = _chinese()
    _set(share, _repertoire("gb2312", range(0xD8, 0xF8), range(0xA1, 0xFF)), 2e-6)
    _set(share, _repertoire("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF)), 2.5e-5)
    _rank(share, _SIMPLIFIED)
    return share


@cache
def _traditional() -> NDArray[np.float64]:
    share = _chinese()
    trails = range(0x40, 0xFF)
    _set(share, _repertoire("big5", range(0xC9, 0xFA), trails), 1e-6)
    _set(share, _repertoire("big5", range(0xA4, 0xC7), trails), 2.5e-5)
    _rank(share, _TRADITIONAL)
    return share


def _japanese() -> NDArray[np.float64]:
    share = _empty()
    share[0x4E00:0xA000] = 1e-9
    _set(share, _repertoire("euc_jp", range(0xB0, 0xF5), range(0xA1, 0xFF)), 1e-6)
    _set(share, _repertoire("euc_jp", range(0xB0, 0xD0), range(0xA1, 0xFF)), 5e-5)
    share[0x3041:0x3097] = 5e-3
    share[0x30A1:0x30FB] = 3e-3
    share[0xFF61:0xFFA0] = 3e-4
    share[0xFF01:0xFF5F] = 1e-4
    _set(share, "、。「」（）・ー", 5e-3)
    _rank(share, _KANJI)
    return share


def _korean() -> NDArray[np.float64]:
    share = _empty()
    share[0x4E00:0xA000] = 1e-8
    share[0xAC00:0xD7A4] = 1e-7
    _set(share, _repertoire("euc_kr", range(0xCA, 0xFE), range(0xA1, 0xFF)), 1e-6)
    _set(share, _repertoire("euc_kr", range(0xB0, 0xC9), range(0xA1, 0xFF)), 1.5e-4)
    share[0xFF01:0xFF5F] = 1e-5
    _set(share, "·“”‘’…※㎎℃", 1e-4)
    _rank(share, _HANGUL)
    return share


def _alphabet(letters: tuple[int, int], common: str, signs: str) -> NDArray[np.float64]:
    share = _empty()
    share[letters[0] : letters[1]] = 1e-3
    _set(share, signs, 3e-3)
    _set(share, common, 2e-2)
    return share
