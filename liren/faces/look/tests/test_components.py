"""Days, money and fields are said the way people say them."""

from datetime import UTC, date, datetime

from django import forms
from django.template import Context, Template
from django.utils import translation

from liren.base import words
from liren.base.screen import (
    Card,
    Chip,
    Column,
    Entry,
    Field,
    Heading,
    Lead,
    Line,
    Link,
    Menu,
    MenuAt,
    Moment,
    Nothing,
    Option,
    Pages,
    Part,
    Record,
    Records,
    State,
    Struck,
    Term,
    Terms,
    TimeLine,
    Words,
)

TODAY = date(2026, 9, 4)


def drawn(template: str, **context: object) -> str:
    """Return what a template with our tags draws."""
    return Template("{% load look %}" + template).render(Context(context))


def test_a_day_of_this_year_is_said_without_the_year() -> None:
    assert words.day(date(2026, 9, 3), TODAY) == "9月3日（周四）"
    assert words.day(date(2025, 12, 31), TODAY) == "2025年12月31日（周三）"


def test_nobody_is_told_the_weekday_of_a_day_long_ago() -> None:
    assert words.day(date(1950, 1, 1), TODAY) == "1950年1月1日"
    assert words.day(date(2027, 9, 5), TODAY) == "2027年9月5日（周日）"
    assert words.day(date(2027, 9, 6), TODAY) == "2027年9月6日"
    with translation.override("en"):
        assert words.day(date(1950, 1, 1), TODAY) == "1 January 1950"


def test_answers_of_one_group_stand_together_under_its_words() -> None:
    class Wishes(forms.Form):
        may = forms.MultipleChoiceField(
            choices=[("办件", [("a", "受理"), ("b", "办理")]), ("档案", [("c", "查看")])],
            widget=forms.CheckboxSelectMultiple,
        )

    shown = drawn("{% field form.may %}", form=Wishes({"may": ["b"]}))

    assert shown.count('role="group"') == 2
    assert shown.index('aria-label="办件"') < shown.index('value="b" checked') < shown.index('aria-label="档案"')


def test_a_moment_late_in_the_evening_of_london_is_the_next_day_in_china() -> None:
    assert words.moment(datetime(2026, 9, 3, 17, 5, tzinfo=UTC), TODAY) == "9月4日（周五）01:05"


def test_a_time_of_day_stands_apart_where_no_bracket_makes_room() -> None:
    assert words.instant(datetime(2020, 9, 3, 17, 5, 6, tzinfo=UTC), TODAY) == "2020年9月4日 01:05:06"


def test_a_file_says_its_periods_with_years_and_without_weekdays() -> None:
    assert words.span(date(2026, 3, 1)) == "2026年3月1日起"
    assert words.span(date(2026, 3, 1), date(2026, 9, 1)) == "2026年3月1日至2026年9月1日"
    with translation.override("en"):
        assert words.span(date(2026, 3, 1)) == "since 1 March 2026"
        assert words.span(date(2026, 3, 1), date(2026, 9, 1)) == "1 March 2026 to 1 September 2026"


def test_english_pages_say_english_days_and_money() -> None:
    with translation.override("en"):
        assert words.day(date(2026, 9, 3), TODAY) == "Thu 3 September"
        assert words.fen(120050) == "CNY 1,200.50"


def test_money_in_fen_is_said_in_yuan() -> None:
    assert words.fen(120000) == "1,200 元"
    assert words.fen(5) == "0.05 元"
    assert words.fen(-250) == "-2.50 元"


def test_a_field_says_its_error_beside_it_and_to_readers_aloud() -> None:
    field = Field(name="idn", label="身份证号码", widget="id", help="18 位", error="少了一位", value="<b>")

    page = drawn("{% field one %}{% error_summary fields %}", one=field, fields=[field])

    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="help-idn error-idn"' in page
    assert 'href="#id_idn"' in page
    assert "&lt;b&gt;" in page


def test_the_first_answer_carries_the_id_that_the_summary_links_to() -> None:
    field = Field(name="low", label="领低保吗？", widget="yesno", value=False, error="请选一个")

    page = drawn("{% field one %}", one=field)

    assert 'id="id_low" name="low" value="yes">' in page
    assert 'name="low" value="no" checked>' in page


def test_a_field_of_a_django_form_is_drawn_the_same_way() -> None:
    class Asking(forms.Form):
        kind = forms.ChoiceField(label="种类", choices=[("", "---"), ("a", "甲")], required=False)

    page = drawn("{% field one %}", one=Asking(data={"kind": "x"})["kind"])

    assert "is-wrong" in page
    assert "（选填）" in page
    assert '<option value="a">甲</option>' in page


def test_a_file_is_chosen_not_typed() -> None:
    class Bringing(forms.Form):
        table = forms.FileField(label="表格", widget=forms.FileInput(attrs={"accept": ".xlsx"}))

    page = drawn("{% field one %}", one=Bringing()["table"])

    assert 'type="file" id="id_table" name="table" accept=".xlsx"' in page


def test_a_search_is_sent_in_the_body() -> None:
    page = drawn(
        '{% search "/desk/people/" "查找居民" typed results="results" %}<select></select>{% endsearch %}',
        typed='"王', csrf_token="ours",
    )  # fmt: skip

    assert 'method="post" action="/desk/people/"' in page
    assert 'hx-post="/desk/people/" hx-target="#results"' in page
    assert 'value="&quot;王"' in page
    assert 'name="csrfmiddlewaretoken" value="ours"' in page
    assert "<select></select></form>" in page
    assert "<button" not in page
    assert "<button" in drawn('{% search "/" "查找" %}{% endsearch %}', csrf_token="ours")


def test_questions_asked_for_some_answers_only_say_so() -> None:
    page = drawn("{% field one %}", one=Field(name="told", label="说说", shown_if=("kind", ("other",))))

    assert 'data-shown-if="kind" data-shown-values="[&quot;other&quot;]"' in page


def test_every_form_counts_once() -> None:
    first, second = drawn("{% once %}"), drawn("{% once %}")

    assert first != second
    assert 'value="given"' in drawn("{% once key %}", key="given")


def test_personal_numbers_are_masked() -> None:
    assert drawn("{{ n|masked_id }}", n="32010619660203123X") == "320***********123X"
    assert drawn("{{ n|masked_phone }}", n="13800005678") == "138****5678"


def test_five_levels_are_five_faces_with_words() -> None:
    levels = [
        Option(str(level), word)
        for level, word in ((5, "非常满意"), (4, "满意"), (3, "基本满意"), (2, "不满意"), (1, "非常不满意"))
    ]

    page = drawn("{% rating levels '办得怎么样？' value=2 %}", levels=levels)

    assert page.count("<svg") == 5
    assert 'value="2" checked' in page


ODD = "<b>\"王\" & '李'</b>"


def test_no_word_that_a_list_is_given_becomes_markup() -> None:
    way = Link('/desk/?a=1&b="2"', ODD)
    page = drawn(
        "{% table columns lines label %}{% entries entries %}{% ways ways %}{% records records %}{% timeline moments %}{% facts facts %}"
        "{% empty word word word word %}{% pager word word %}{% chip word 'soon' %}{% state word word %}",
        columns=[Column(ODD), Column(ODD), Column(ODD)],
        lines=[Line(way.url, (ODD, Chip(ODD, "danger"), State("accepted", ODD)))],
        label=ODD,
        entries=[Entry(way.url, ODD, ODD, ODD, Chip(ODD))],
        ways=[way],
        records=[Record(ODD, ODD, ODD, ODD, "home", True, way, way)],
        moments=[Moment(TODAY, ODD, "now", f"{ODD}\n{ODD}")],
        facts=[(ODD, ODD)],
        word=ODD,
    )

    assert "<b>" not in page
    assert page.count("&lt;b&gt;") >= 30
    assert 'b="2"' not in page


def test_a_line_of_a_table_opens_in_the_side_sheet_and_an_empty_cell_says_so() -> None:
    page = drawn(
        "{% table columns lines 'l' %}",
        columns=[Column("事项"), Column("地方", "nowrap")],
        lines=[Line("/x", ("甲", ""))],
    )

    assert '<a data-row href="/x" hx-get="/x" hx-target="#sheet-body">甲</a>' in page
    assert '<td class="lr-nowrap"><span class="lr-muted">—</span></td>' in page


def test_words_of_a_template_are_said_in_the_language_of_each_page() -> None:
    template = Template('{% load i18n look %}{% translate "退出" %}')

    said = []
    for language in ("zh-hans", "en", "zh-hans"):
        with translation.override(language):
            said.append(template.render(Context()))

    assert said == ["退出", "Sign out", "退出"]


WICKED = "<b>&\"'"
SAFE = "&lt;b&gt;&amp;&quot;&#x27;"


def test_cards_say_all_they_are_told_and_nothing_of_it_is_markup() -> None:
    record = Record(WICKED, WICKED, WICKED, WICKED, "history")
    parts: list[Part] = [
        Terms([Term(WICKED, [WICKED, WICKED], is_number=True), Term(WICKED, [WICKED])]),
        Lead(Link(WICKED, WICKED, "lock"), before=WICKED, beside=WICKED, sheet=True),
        Words(WICKED),
        Heading(WICKED),
        Nothing(WICKED),
        Records([record]),
        Struck(WICKED, [record]),
        TimeLine([Moment(date(2026, 9, 3), WICKED, note=WICKED)]),
        Pages([Entry(WICKED, WICKED, WICKED, WICKED, Chip(WICKED))]),
        MenuAt(Menu(((WICKED, WICKED),), ((WICKED, WICKED),), WICKED), WICKED),
    ]

    page = drawn("{% cards all %}{% chips marks %}", all=[Card(WICKED, WICKED, parts)], marks=[Chip(WICKED)])

    assert "<b>" not in page
    # twice: the address of a lead is also what opens in the sheet, a menu's ways begin with its page; a record's words are read aloud
    assert page.count(SAFE) == 2 + 5 + 5 + 1 + 1 + 1 + 4 + 5 + 2 + 5 + 7 + 1


def test_a_menu_leads_on_from_the_page_on_which_it_stands() -> None:
    menu = Menu((("/away", "登记外出"),), (("/school", "登记就读学校"),), "更多")

    page = drawn("{% cards all %}", all=[Card("记一条", "verbs", [MenuAt(menu, f"/desk/people/{n}")]) for n in (1, 2)])

    for n in (1, 2):
        assert f'<a href="/desk/people/{n}/away">' in page
        assert f'<a href="/desk/people/{n}/school">' in page
    assert page.count("<details><summary>更多</summary>") == 2


def test_what_is_the_same_on_every_page_is_said_in_the_language_of_the_page() -> None:
    page = Template("{% load i18n look %}{% same %}<p>{% translate '居民' %}</p>{% endsame %}{% translate '居民' %}")

    said = []
    for language in ("zh-hans", "en", "zh-hans"):
        with translation.override(language):
            said.append(page.render(Context()))

    assert said[0] == said[2] == "<p>居民</p>居民"
    assert "居民" not in said[1]
