"""Composes reports of education conferences, and the look-alikes that tell of other ones.

Sentences come from the given documents, their names and numbers made into slots, and from a small grammar of our own.
Nothing here is news: every city has the mayor that the random number generator gave it.
"""

from __future__ import annotations

import random
import re
import string
from pathlib import Path

from attrs import evolve, frozen

from crawler.hans import to_hans

DOCUMENTS = Path(__file__).resolve().parent.parent / "seeds" / "documents"


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


CITIES = words(
    """
    柳州 永州 桂林 南宁 长沙 衡阳 邵阳 岳阳 常德 郴州 怀化 徐州 常州 盐城 扬州 泰州 宿迁 温州 嘉兴
    湖州 绍兴 台州 芜湖 蚌埠 淮南 安庆 滁州 漳州 南平 龙岩 九江 赣州 吉安 上饶 烟台 潍坊 济宁 临沂
    德州 洛阳 安阳 新乡 许昌 南阳 信阳 宜昌 襄阳 荆州 黄冈 咸宁
    """
)
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁"
GIVEN = words(
    """
    建国 志强 晓东 丽华 文涛 海燕 立新 永生 国庆 春梅 少平 明远 卫民 玉兰 振华 学军 雪峰 光辉 家驹
    思源 伟 敏 静 磊 洋 勇 杰 涛
    """
)
VERBS = words(
    """
    健全 完善 推进 深化 落实 强化 加快 优化 提升 统筹 扩大 规范 改进 探索 建立 创新 夯实 拓展 引导
    支持 保障 激发 总结 推广 实施 巩固 细化 盘活 打通 补齐
    """
)
HOW = words(
    """
    城乡一体的 覆盖全学段的 分类推进的 协同高效的 面向未来的 贴近基层的 更加公平的 更有质量的 动态调整的
    跨部门的 长效稳定的 可持续的 因地制宜的 有温度的 开放共享的 科学规范的 校地联动的 家校共育的 数字化的
    特色鲜明的
    """
)
WHAT = words(
    """
    学位供给机制 教师交流轮岗 集团化办学 县域高中提质 产教融合平台 职业院校布局 学前普惠资源 校园安全防线
    课后服务体系 思政课程建设 心理健康教育 阳光体育活动 劳动实践基地 科学教育加法 招生考试改革 教育经费投入
    乡村小规模学校 特殊教育保障 教研员队伍 师德师风建设 校外培训治理 智慧校园应用 研学旅行管理 营养午餐工程
    寄宿条件改善 党组织领导的校长负责制 教育评价指标 继续教育服务 高校学科调整 大学生就业帮扶 银龄讲学计划
    家庭教育指导 阅读推广行动 语言文字工作 学生资助政策 名师工作室 急需专业增设 后勤社会化改革 教育督导问责
    留守儿童关爱
    """
)
WHO = words(
    """
    各级各部门 全市教育系统 各学校 教育主管部门 各县区 党员干部 广大教师 相关单位
    """
)
LEADS = words(
    """
    会议指出 会议强调 会议要求 {boss}指出 {boss}强调 {mayor}要求 会议认为 {boss}希望
    会议提出 {mayor}表示
    """
)
FIGURES = (
    "{when}新改扩建学校{n}所，新增学位{n}个，教育支出占比达到{n}%。",
    "全市现有各级各类学校{n}所，在校学生{n}万人，专任教师{n}人。",
    "今年安排专项资金{n}万元，招聘教师{n}名，建成智慧教室{n}间。",
    "普惠性幼儿园覆盖率提高到{n}%，义务教育巩固率达{n}%。",
    "{when}全市高考本科上线{n}人，职业院校毕业生就业率{n}%。",
)
OPENINGS = (
    "{month}月{day}日，{city}市{year}年教育工作会议召开。市委书记{boss}出席会议并讲话，市长{mayor}主持会议。",
    "{month}月{day}日上午，{city}全市教育大会在市会议中心召开，市委书记{boss}出席并讲话，市委副书记、市长{mayor}主持。",
    "本报讯（记者{writer}）{month}月{day}日，{city}市召开教育大会，市委书记{boss}讲话，市长{mayor}作工作部署。",
)
TITLES = ("{city}市召开{year}年教育工作会议", "{boss}在{city}市教育大会上强调 加快建设教育强市", "全市教育大会召开")
_FIXED = re.compile(r"20\d\d年|\d{1,2}月\d{1,2}日|\d+(?:\.\d+)?")
_NOTE = re.compile(r"[(（][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,6}[)）]")


@frozen(kw_only=True)
class Story:
    """A report before its facts are filled in; ``text`` is what a page would show."""

    title: str
    paragraphs: tuple[tuple[str, ...], ...]  # of sentences with slots
    facts: dict[str, str]
    published: str
    numbers: int  # what the slots {n} are filled from

    @property
    def headline(self) -> str:
        return self.title.format(n="", when="", **self.facts)

    @property
    def text(self) -> str:
        fill = random.Random(self.numbers)
        return "\n".join("".join(self._fill(one, fill) for one in part) for part in self.paragraphs)

    def _fill(self, sentence: str, fill: random.Random) -> str:
        pieces = []
        for literal, slot, _, _ in string.Formatter().parse(sentence):
            pieces.append(literal)
            if slot == "n":
                pieces.append(str(fill.randint(11, 9870)))
            elif slot == "when":
                year = int(self.facts["year"])
                pieces.append(fill.choice((f"{year}年，", f"{year - 1}年，", "过去一年，")))
            elif slot:
                pieces.append(self.facts[slot])
        return "".join(pieces)


def given_sentences() -> list[str]:
    """Sentences about education of the given documents, Simplified, numbers and names as slots."""
    found = []
    for path in sorted(DOCUMENTS.glob("*.txt")):
        text = to_hans(_NOTE.sub("", path.read_text("utf-8")))
        for sentence in re.findall(r"[^。\n]{20,160}。", text):
            if "教育" in sentence and not re.search(r"国产|版权|[{}]", sentence):
                sentence = _FIXED.sub(_slot, sentence)
                for name in ("柳州", "永州", "涪陵", "江苏", "广西", "重庆", "湖南"):
                    sentence = sentence.replace(name, "{city}")
                found.append(sentence)
    return found


def _slot(found: re.Match[str]) -> str:
    if found[0].endswith("年"):
        return "{year}年"
    return "{month}月{day}日" if found[0].endswith("日") else "{n}"


def own_sentence(rng: random.Random) -> str:
    """A sentence that hardly any other story has."""
    if rng.random() < 0.15:
        return rng.choice(FIGURES)
    clauses = (rng.choice(VERBS) + rng.choice(HOW) + rng.choice(WHAT) for _ in range(rng.randint(2, 4)))
    return f"{rng.choice(LEADS)}，{rng.choice(WHO)}要{'，'.join(clauses)}。"


def new_facts(rng: random.Random, city: str, year: int) -> dict[str, str]:
    """Who, where and when."""
    people = [rng.choice(SURNAMES) + rng.choice(GIVEN) for _ in range(3)]
    return {
        "city": city, "boss": people[0], "mayor": people[1], "writer": people[2],
        "year": str(year), "month": str(rng.randint(1, 12)), "day": str(rng.randint(1, 28)),
    }  # fmt: skip


def new_story(
    rng: random.Random, given: list[str], *, boilerplate: float = 0.1, pool: list[str] | None = None
) -> Story:
    """A report of about 10 to 45 sentences, a share of them from the given documents or from a family's pool."""
    sentences = [rng.choice(OPENINGS)]
    for _ in range(rng.randint(10, 45)):
        sentences.append(rng.choice(pool or given) if rng.random() < boilerplate else own_sentence(rng))
    facts = new_facts(rng, rng.choice(CITIES), rng.randint(2016, 2026))
    return Story(
        title=rng.choice(TITLES),
        paragraphs=_in_paragraphs(rng, list(dict.fromkeys(sentences))),
        facts=facts,
        published=_published(facts),
        numbers=rng.getrandbits(32),
    )


def other_city(rng: random.Random, story: Story, *, changed: float) -> Story:
    """The same words in another city: its name, its people, its numbers; the day may be the same."""
    facts = new_facts(
        rng, rng.choice([city for city in CITIES if city != story.facts["city"]]), int(story.facts["year"])
    )
    if rng.random() < 0.5:
        facts |= {key: story.facts[key] for key in ("month", "day")}
    return _retold(rng, story, facts, changed)


def next_year(rng: random.Random, story: Story, *, changed: float) -> Story:
    """The same city a year later: day and numbers are new, a share of the sentences too, the people stay."""
    facts = story.facts | {
        "year": str(int(story.facts["year"]) + 1),
        "month": str(int(story.facts["month"]) % 12 + 1),
        "day": str((int(story.facts["day"]) + rng.randint(1, 20)) % 28 + 1),
    }
    return _retold(rng, story, facts, changed)


def _retold(rng: random.Random, story: Story, facts: dict[str, str], changed: float) -> Story:
    return evolve(
        story,
        paragraphs=_rewritten(rng, story, changed),
        facts=facts,
        published=_published(facts),
        numbers=rng.getrandbits(32),
    )


def _rewritten(rng: random.Random, story: Story, changed: float) -> tuple[tuple[str, ...], ...]:
    """A share of the sentences anew; the first one still says who met when and where."""
    opening = story.paragraphs[0][0]
    return tuple(
        tuple(
            sentence if rng.random() >= changed else rng.choice(OPENINGS) if sentence is opening else own_sentence(rng)
            for sentence in part
        )
        for part in story.paragraphs
    )


def _in_paragraphs(rng: random.Random, sentences: list[str]) -> tuple[tuple[str, ...], ...]:
    parts = []
    while sentences:
        size = rng.randint(1, 6)
        parts.append(tuple(sentences[:size]))
        sentences = sentences[size:]
    return tuple(parts)


def _published(facts: dict[str, str]) -> str:
    return f"{facts['year']}-{int(facts['month']):02}-{int(facts['day']):02}"
