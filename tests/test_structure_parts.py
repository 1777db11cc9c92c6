"""What the structure stage reads from a report: people and their parts, titles, units, form, venue, host, documents."""

from __future__ import annotations

import pytest

from crawler.catalog import Catalog
from crawler.items import Report
from crawler.structure import structure
from tests.articles import TOPICS, article, conference_of


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("市委书记 湛 伟出席会议并讲话。", {"湛伟": ["speech"]}),
        ("市长湛 伟主持会议。", {"湛伟": ["chair"]}),
        ("副市长欧阳锋出席会议并讲话,局长司马光作工作报告。", {"欧阳锋": ["speech"], "司马光": ["report"]}),
        ("市委书记张三丰和市长刘和平出席会议。", {"张三丰": ["attend"], "刘和平": ["attend"]}),
        ("自治区主席艾尔肯·吐尼亚孜讲话。", {"艾尔肯·吐尼亚孜": ["speech"]}),
        ("州委书记更登加讲话,州长尼玛才让主持会议。", {"更登加": ["speech"], "尼玛才让": ["chair"]}),
        (
            "州领导才旦卓玛、李四、扎西多杰出席会议。",
            {"才旦卓玛": ["attend"], "李四": ["attend"], "扎西多杰": ["attend"]},
        ),
        ("副市长李晓红(女)出席会议并讲话。", {"李晓红": ["speech"]}),
        ("会议由副县长马超同志主持。", {"马超": ["chair"]}),
        ("市委副书记王明主持会议并讲话。", {"王明": ["chair", "speech"]}),
        ("市委副书记王明主持会议并作总结讲话。", {"王明": ["chair", "sum_up"]}),
        ("副市长王明出席会议并强调,要办好教育。", {"王明": ["speech"]}),
        ("副市长王明主持会议并强调,要办好教育。", {"王明": ["chair"]}),
        ("市教育局局长王明通报2024年工作情况。", {"王明": ["brief"]}),
        ("副市长王明宣读表彰决定。", {"王明": ["brief"]}),
        ("市教育局局长王明代表市政府作工作报告。", {"王明": ["report"]}),
        ("副省长王明就有关文件作了说明。", {"王明": ["explain"]}),
        ("市教育局局长王明对《规划纲要》作全面解读。", {"王明": ["explain"]}),
        ("市委书记王明在会上作了重要讲话。", {"王明": ["speech"]}),
        ("市委书记王明作了题为《办好人民满意的教育》的讲话。", {"王明": ["speech"]}),
        ("王明厅长出席会议并讲话。", {"王明": ["speech"]}),
        ("出席会议的领导有:张三、李四、王五。", {"张三": ["attend"], "李四": ["attend"], "王五": ["attend"]}),
        ("县领导张三,李四等出席会议。", {"张三": ["attend"], "李四": ["attend"]}),
        ("侯 文、张嘉庆、刘 厚等领导出席。", {"侯文": ["attend"], "张嘉庆": ["attend"], "刘厚": ["attend"]}),
        ("市长王明,各县区党委主要负责同志,市直有关单位主要负责同志参加会议。", {"王明": ["attend"]}),
        ("市委、市政府领导班子成员,各县区党委主要负责同志,学校主要负责同志等参加会议。", {}),
        ("县教育局班子成员及全体干部职工参加会议。", {}),
        ("会议强调,要深入学习习近平总书记在全国教育大会上的重要讲话精神。", {}),
        ("党中央召开全国教育大会,习近平总书记出席大会并发表重要讲话。", {}),
        ("会议要求,各级党组要加强领导。大会指出,教育是国之大计。", {}),
        ("市教育局、高校、党校负责人参加会议。", {}),
        ("副市长王明宣读表彰决定并作工作报告。", {"王明": ["brief", "report"]}),
        ("旗长额尔敦巴特尔出席并讲话。", {"额尔敦巴特尔": ["speech"]}),
        ("市领导李四 王五 赵六 欧阳锋参加。", {name: ["attend"] for name in ("李四", "王五", "赵六", "欧阳锋")}),
        ("市教育局局长王明作工作部署。", {"王明": ["speech"]}),
        ("省长王明致辞。", {"王明": ["speech"]}),
        ("区委书记张革,区长李杰等出席大会。区长李杰主持大会。张革讲话。", {"张革": ["speech"], "李杰": ["chair"]}),
        ("主持日常工作的副局长王明出席会议并讲话。", {"王明": ["speech"]}),
    ],
)
def test_people_and_their_parts(text: str, people: dict[str, list[str]]) -> None:
    assert {person.name: list(person.roles) for person in conference_of(text).people} == people


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("市委常委、宣传部部长,市委教育工委书记甘毅讲话。", ["市委常委、宣传部部长", "市委教育工委书记"]),
        ("市委副书记、市长陈爱林讲话。", ["市委副书记", "市长"]),
        ("省教育厅党组书记、厅长李明讲话。", ["省教育厅党组书记、厅长"]),
        ("教育部党组成员、副部长李明讲话。", ["教育部党组成员、副部长"]),
        ("市政府党组成员李明讲话。", ["市政府党组成员"]),
        ("会上,市委书记李明讲话。", ["市委书记"]),
        ("市领导李明讲话。", []),
    ],
)
def test_titles_as_written(text: str, titles: list[str]) -> None:
    assert [list(person.titles) for person in conference_of(text).people] == [titles]


@pytest.mark.parametrize(
    ("text", "onsite", "written"),
    [
        ("甲县教育局、乙中学以及丙大学分别作交流发言。", ["甲县教育局", "乙中学", "丙大学"], []),
        ("会上,甲县教育局和乙中学作了典型交流发言。", ["甲县教育局", "乙中学"], []),
        ("沈阳市和平区教育局、呼和浩特市作交流发言。", ["沈阳市和平区教育局", "呼和浩特市"], []),
        ("甲县、乙县等7个单位作交流发言。", ["甲县", "乙县"], []),
        ("甲县、乙区、丙街道3家单位作经验交流发言。", ["甲县", "乙区", "丙街道"], []),
        ("广州、韶关市主要负责人作交流发言。", ["广州", "韶关市"], []),
        ("甲县教育局先后发言。", ["甲县教育局"], []),
        ("会议听取了甲县、乙市第一中学的经验介绍。", ["甲县", "乙市第一中学"], []),
        ("甲县作现场交流发言,乙县、丙县作书面交流发言。", ["甲县"], ["乙县", "丙县"]),
        ("市长王明主持会议,甲县教育局、乙中学作交流发言。", ["甲县教育局", "乙中学"], []),
        ("省教育厅、甲市、乙大学负责同志作了发言。", ["省教育厅", "甲市", "乙大学"], []),
        ("甲大学附属中学、乙市第一小学代表发言。", ["甲大学附属中学", "乙市第一小学"], []),
        ("甲局、乙局进行书面交流。", [], ["甲局", "乙局"]),
        ("市委书记王明作了发言,李四、张三先后发言。", [], []),
        ("教师代表王明、校长代表李四先后发言。", [], []),
        ("与会人员进行了深入交流。各小组讨论交流。", [], []),
        ("部分学校作交流发言。", [], []),
        ("有关县区、相关单位负责同志作交流发言。", [], []),
        ("先进学校代表作交流发言。", [], []),
        ("甲县、乙县作表态发言。", [], []),
        ("各县区要加强交流,相互学习。", [], []),
    ],
)
def test_exchange_units(text: str, onsite: list[str], written: list[str]) -> None:
    units = conference_of(text).exchange_units
    assert [unit.name for unit in units if unit.mode == "onsite"] == onsite
    assert [unit.name for unit in units if unit.mode == "written"] == written


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("会议以视频会议的形式召开。", "video"),
        ("会议采取视频会议形式召开。", "video"),
        ("会议以电视电话会议形式开到县。", "tv_phone"),
        ("会议采取线上线下相结合的方式举行。", "mixed"),
        ("会议以现场+视频形式召开。", "mixed"),
        ("会议以现场会议形式召开。", "onsite"),
        ("会前,与会人员观看了教育成果视频。", "unknown"),
        ("教育大会现场。", "unknown"),
    ],
)
def test_form(text: str, form: str) -> None:
    assert conference_of(text).form == form


@pytest.mark.parametrize(
    ("lead", "venue", "host"),
    [
        ("3月1日,全市教育大会在市会议中心隆重召开。", "市会议中心", None),
        ("3月1日,市委教育工委、市教育局在柳州召开全市教育工作会议。", "柳州", "市委教育工委、市教育局"),
        ("3月1日上午,省委、省政府召开全省教育大会。", None, "省委、省政府"),
        ("3月1日,江永县召开全县教育大会。", None, None),
        ("3月1日,全市教育大会在线上召开。", None, None),
    ],
)
def test_venue_and_host(lead: str, venue: str | None, host: str | None) -> None:
    report = structure(article("", lead), Catalog(), TOPICS)
    assert isinstance(report, Report)
    assert (report.conference.venue, report.conference.host_organ) == (venue, host)


@pytest.mark.parametrize(
    ("text", "documents", "agreements", "conveyed"),
    [
        ("会议印发了《规划纲要(2024—2035年)》《工作要点》。", ["《规划纲要(2024—2035年)》", "《工作要点》"], [], []),
        ("《中国教育报》作了报道。", [], [], []),
        ("局长王明作题为《奋力谱写新篇章》的工作报告。", [], [], []),
        ("会上签订了《2025年目标责任书》。", [], ["《2025年目标责任书》"], []),
        ("甲区与乙大学签署战略合作协议。", [], ["战略合作协议"], []),
        ("会议解读了《战略合作协议》。会后签到。", ["《战略合作协议》"], [], []),
        ("会议传达学习了全国、全省教育大会精神,部署工作。", [], [], ["全国、全省教育大会精神"]),
        ("会议学习贯彻全国教育大会精神。", [], [], []),
    ],
)
def test_documents_agreements_and_what_was_conveyed(
    text: str, documents: list[str], agreements: list[str], conveyed: list[str]
) -> None:
    conference = conference_of(text)
    found = [list(part) for part in (conference.documents_cited, conference.agreements, conference.conveyed)]
    assert found == [documents, agreements, conveyed]
