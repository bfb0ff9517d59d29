"""The style guide page: every part of a page with sample data, to look at and to check with axe."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.drawings import LIGHT_WORDS


class SampleForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), help_text=gettext_lazy("As it stands in the budget."))
    amount = forms.CharField(label=gettext_lazy("Amount"), widget=forms.TextInput({"class": "amount"}))
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=[("a", "常年性项目"), ("b", "一次性项目")])
    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea, required=False)
    causes = forms.MultipleChoiceField(
        label=gettext_lazy("Causes"),
        choices=[("funds", "经费保障"), ("system", "制度保障"), ("people", "人员保障"), ("other", "其他")],
        widget=forms.CheckboxSelectMultiple,
    )
    sure = forms.BooleanField(label=gettext_lazy("I have checked the figures"))
    evidence = forms.FileField(label=gettext_lazy("Evidence"), required=False)


ROWS = [
    ("城乡居民医疗保险财政补助", "市医疗保障局", "4128.50", "3096.38", "0.7500", "green", "green"),
    ("老旧小区改造配套基础设施", "市住房和城乡建设局", "13200.00", "4217.66", "0.3195", "red", "yellow"),
    ("高标准农田建设（2022年）", "市农业农村局", "2535.40", "672.44", "0.2652", "red", "blue"),
    ("义务教育阶段校舍维修", "市教育和体育局", "968.00", "561.44", "0.5800", "yellow", "green"),
    ("人大代表联络站运行经费", "市人大常委会办公室", "18.60", "18.60", "1.0000", "green", "grey"),
]


def style_guide(request: HttpRequest) -> HttpResponse:
    """Every component in every state. Whoever wires the address decides who may see it."""
    return render(request, "styleguide.html", sample_context())


def sample_context() -> dict[str, Any]:
    """What styleguide.html shows, in the reader's language where it is not a proper name."""
    at = datetime(2022, 7, 5, 6, 2, tzinfo=UTC)
    blank = SampleForm(initial={"name": "高标准农田建设（2022年）", "amount": "2,535.40", "kind": "a"})
    wrong = SampleForm({"wrong-name": "", "wrong-amount": "12x", "wrong-kind": "a"}, prefix="wrong")
    wrong.is_valid()
    return {
        "lights": list(LIGHT_WORDS),
        "counts": {"red": 46, "yellow": 131, "green": 742, "blue": 88, "grey": 53},
        "rates": [
            Decimal("0.2652"),
            Decimal("0.653245"),
            Decimal("0.7513"),
            Decimal("1"),
            Decimal("1.0846"),
            None,
        ],
        "half": Decimal("0.75"),
        "rows": [
            {"name": n, "unit": u, "budget": b, "paid": p, "rate": Decimal(r), "execution": e, "targets": t}
            for n, u, b, p, r, e, t in ROWS
        ],
        "tiers": [
            {"label": _("Budget unit"), "state": "done", "who": "王晓红", "at": at},
            {"label": _("Department"), "state": "done", "who": "李建国", "at": at},
            {"label": _("Business section"), "state": "current", "note": _("3 days left")},
            {"label": _("Performance section"), "state": "waiting"},
            {"label": _("Third party"), "state": "skipped"},
        ],
        "tiers_returned": [
            {"label": _("Budget unit"), "state": "returned", "note": _("2 remarks")},
            {"label": _("Department"), "state": "waiting"},
            {"label": _("Business section"), "state": "waiting"},
        ],
        "checks": [
            {"severity": "error", "code": "L07", "href": "#form", "message": "1—9月执行数大于调整后预算数。"},
            {
                "severity": "warning",
                "code": "L21",
                "href": "#form",
                "message": "执行进度低于序时进度 20 个百分点以上。",
            },
            {"severity": "hint", "code": "L35", "href": "", "message": "完成值与上一轮相同。"},
        ],
        "facts": [
            (_("Project"), "高标准农田建设（2022年）"),
            (_("Code"), "370782220000T00000123"),
            (_("Budget unit"), "市农业农村局（本级）"),
            (_("Department"), "市农业农村局"),
            (_("Cycle"), "2022年1—9月"),
            (_("Approved by"), None),
        ],
        "tabs": [
            {"label": _("To review"), "href": "#", "active": True, "count": 24},
            {"label": _("Returned"), "href": "#", "active": False, "count": 3},
            {"label": _("Passed on"), "href": "#", "active": False},
        ],
        "choices": [(name, word) for name, word in LIGHT_WORDS.items()],
        "active_filters": [("light", _("Light"), LIGHT_WORDS["red"]), ("q", _("Text"), "农田")],
        "step_labels": [_("Year and months"), _("Windows"), _("Scope"), _("Confirm")],
        "form": blank,
        "wrong_form": wrong,
        "dialog_form": SampleForm(prefix="dialog"),
        "jobs": [
            {
                "public_id": "aaa",
                "title": "重新计算 2022年1—9月",
                "state": "running",
                "get_state_display": _("Running"),
                "progress_done": 642,
                "progress_total": 1060,
                "progress_note": "市农业农村局",
            },
            {
                "public_id": "bbb",
                "title": "导入 payments.csv",
                "state": "failed",
                "get_state_display": _("Failed"),
                "error": _("The file is not a workbook."),
            },
        ],
    }
