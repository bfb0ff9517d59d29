"""The year of the demo city, walked through the product's own services: both cycles, every state of the loop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from demo.answers import Answers, second_thoughts
from demo.cast import Cast
from foundation import clock
from monitoring import bulk_filling, opening
from monitoring.bulk_filling import explain_many, fill_many
from monitoring.evidence import store
from monitoring.models import Cycle, CycleWindow, MonitoringTable, RuleBook
from monitoring.opening import Window
from monitoring.stages import Stage
from monitoring.tables import Assessed
from organisation.models import User
from organisation.scope import scope_of
from rectification import funds, handling
from rectification.choices import AcceptanceResult, FundActionKind, ReplyState, TaskState
from rectification.funds import Disposal
from rectification.handling import Answer
from rectification.models import Task
from rectification.raising import raise_tasks
from reviews import engagements, remarks
from reviews.acts import Act, Seen
from reviews.chain import Action
from reviews.transitions import move

TIERS = (Stage.FILLING, Stage.DEPARTMENT, Stage.SECTION, Stage.PERFORMANCE, Stage.THIRD_PARTY)
OPINIONS = (
    "同意。",
    "数据完整，执行与目标基本匹配，同意。",
    "已核对支付凭证，同意上报。",
    "情况属实，同意。",
)
RETURNS = (
    ("R04", "偏差原因说明过于简单，请补充具体环节和下一步时间安排。"),
    ("R01", "有漏填项目，请补充完整后重新报送。"),
    ("R03", "完成值与佐证材料不一致，请核对后修改。"),
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
ROUNDS = 4
SAMPLE = 40
TASKS_HANDLED = 3  # of each department; the others have just been issued


@dataclass
class Walk:
    """One walk: who acts, what they type, and chance with a seed."""

    cast: Cast
    answers: Answers
    book: RuleBook
    rng: Random
    say: Callable[[str], None]

    def both_cycles(self) -> None:
        """January–June walked to its end and closed, January–September as it stands in the middle."""
        self.say(_("January–June: opening, filling, reviewing"))
        first = self.open(6)
        self.fill(first, share=1.0)
        self.review(first, share=1.0)
        self.say(_("January–June: rectification"))
        raise_tasks(first)
        self.rectify(first)
        self.finish(first)
        self.say(_("January–September: under way"))
        second = self.open(9)
        self.fill(second, share=0.72)
        self.review(second, share=0.6)
        raise_tasks(second)

    def open(self, month: int) -> Cycle:
        today = clock.today()
        windows = [
            Window(stage, today - timedelta(days=12), today + timedelta(days=12 + 5 * place))
            for place, stage in enumerate(TIERS)
        ]
        return opening.open_cycle(
            self.cast.division,
            year=2022,
            month=month,
            rule_book=self.book,
            windows=windows,
            by=self.cast.named["performance"],
        )

    def fill(self, cycle: Cycle, *, share: float) -> None:
        """Each department's clerk fills what they get round to, answers the checks, and submits most of it."""
        own_units = scope_of(self.cast.named["clerk"]).units
        for department, filler in self.cast.fillers.items():
            tables = self._tables(cycle).filter(department=department, stage=Stage.FILLING)
            chosen = [t for t in tables if self._gets_to(t, share, own_units)]
            if not chosen:
                continue
            filled = fill_many(cycle, {t.pk: self.answers.edits(t) for t in chosen}, by=filler)
            passing = self._answer_checks(cycle, filled.assessed, filler)
            ready = [each for each in passing if share == 1.0 or self.rng.random() < 0.85]
            self._submit(cycle, [each.table.pk for each in ready], filler)

    def _gets_to(self, table: MonitoringTable, share: float, own_units: Iterable[int]) -> bool:
        if share < 1.0 and table.unit_id in own_units:
            return self.rng.random() < 0.4
        return self.rng.random() < share

    def _answer_checks(self, cycle: Cycle, assessed: list[Assessed], filler: User) -> list[Assessed]:
        """Answer errors cell by cell, then explain the warnings that stand."""
        done: dict[int, Assessed] = {each.table.pk: each for each in assessed}
        for _round in range(ROUNDS):
            edits = {
                pk: second_thoughts(each.sheet, each.errors, self._typed(each.table))
                for pk, each in done.items()
                if each.errors
            }
            edits = {pk: given for pk, given in edits.items() if given}
            if not edits:
                break
            for each in bulk_filling.fill_many(cycle, edits, by=filler).assessed:
                done[each.table.pk] = each
        texts = {
            pk: {(f.check_id, f.cell): self.answers.explanation(each.table) for f in each.unexplained}
            for pk, each in done.items()
            if each.unexplained
        }
        for each in explain_many(cycle, texts, by=filler):
            done[each.table.pk] = each
        return [each for each in done.values() if not each.errors and not each.unexplained]

    def _typed(self, table: MonitoringTable) -> dict[str, str]:
        return self.answers.table.get((table.project.code, table.cycle.month), {})

    def _submit(self, cycle: Cycle, pks: list[int], filler: User) -> None:
        tables = MonitoringTable.objects.filter(cycle=cycle, pk__in=pks)
        move({table.pk: Seen.now(table) for table in tables}, Act(Action.SUBMIT), filler)

    def review(self, cycle: Cycle, *, share: float) -> None:
        """Tier after tier; in the running cycle each tier has got only so far, and some tables come back."""
        for department, reviewer in self.cast.reviewers.items():
            self._decide(cycle, Stage.DEPARTMENT, reviewer, share, department=department)
        for section, reviewer in self.cast.sections.items():
            self._decide(cycle, Stage.SECTION, reviewer, share, section=section)
        self._engage(cycle)
        self._decide(cycle, Stage.PERFORMANCE, self.cast.named["performance"], share)
        self._decide(cycle, Stage.THIRD_PARTY, self.cast.named["auditor"], share, score=Decimal(90))

    def _decide(
        self, cycle: Cycle, stage: str, by: User, share: float, *, score: Decimal | None = None, **where: int
    ) -> None:
        waiting = list(
            self._tables(cycle).filter(stage=stage, **{f"{name}_id": pk for name, pk in where.items()})
        )
        self.rng.shuffle(waiting)
        reached = waiting[: round(len(waiting) * share)]
        returned = self._to_return(reached) if share < 1.0 and stage == Stage.DEPARTMENT else []
        for table in returned:
            self._return(table, by)
        asked = {table.pk: Seen.now(table) for table in reached if table not in returned}
        move(asked, Act.read(Action.APPROVE, text=self.rng.choice(OPINIONS), score=score), by)

    def _to_return(self, reached: list[MonitoringTable]) -> list[MonitoringTable]:
        """One in eight; of the demo's own unit one at least, so that its clerk has something to put right."""
        own_units = scope_of(self.cast.named["clerk"]).units
        own = [table for table in reached if table.unit_id in own_units][:1]
        return own + [table for table in reached if table not in own][: len(reached) // 8]

    def _return(self, table: MonitoringTable, by: User) -> None:
        code, text = self.rng.choice(RETURNS)
        remarks.add(table, cell="objective_progress", text=text, by=by)
        move({table.pk: Seen.now(table)}, Act.read(Action.RETURN, code=code, text=text), by)

    def _engage(self, cycle: Cycle) -> None:
        """The third party is commissioned, its sample drawn before the performance section decides."""
        chief, today = self.cast.named["performance"], clock.today()
        engagement = engagements.create(
            cycle,
            self.cast.institution,
            starts_on=today - timedelta(days=10),
            ends_on=today + timedelta(days=60),
            contract_no=f"诸财绩委〔2022〕{cycle.month}号",
            by=chief,
        )
        engagements.add_auditor(engagement, self.cast.named["auditor"], by=chief)
        waiting = self._tables(cycle).filter(stage=Stage.PERFORMANCE).values_list("project__code", flat=True)
        engagements.assign_codes(engagement, list(waiting)[::5][:SAMPLE], by=chief)
        former = engagements.create(
            cycle,
            self.cast.former_institution,
            starts_on=today - timedelta(days=90),
            ends_on=today - timedelta(days=30),
            contract_no=f"诸财绩委〔2022〕{cycle.month + 20}号",
            by=chief,
        )
        engagements.add_auditor(former, self.cast.named["auditor2"], by=chief)

    def rectify(self, cycle: Cycle) -> None:
        """Tasks in every state: untouched, signed for, answered, sent back, accepted with money recovered, overdue."""
        tasks = list(
            Task.objects.filter(cycle=cycle).select_related("project", "finding__table").order_by("pk")
        )
        by_department: dict[int, list[Task]] = defaultdict(list)
        for task in tasks:
            by_department[task.department_id].append(task)
        for department, theirs in by_department.items():
            for task in theirs[:TASKS_HANDLED]:
                how_far = self.rng.randrange(8)
                self._rectify(task, how_far, self.cast.fillers[department], self.cast.reviewers[department])
        overdue = [task.pk for task in tasks[::9]]
        late = clock.now() - timedelta(days=3)
        Task.objects.filter(pk__in=overdue).exclude(state=TaskState.CLOSED).update(
            reply_due_at=late, complete_due_at=F("complete_due_at") - timedelta(days=34)
        )

    def _rectify(self, task: Task, how_far: int, filler: User, reviewer: User) -> None:
        if how_far == 0:
            return
        handling.acknowledge(task, by=filler, version=task.version)
        if how_far == 1:
            return
        done = how_far >= 4
        answer = Answer(
            measures="已约谈项目负责人，倒排支付计划，完成验收结算并补齐资料；对确不再实施的内容申请收回资金。",
            state=ReplyState.DONE if done else ReplyState.UNDER_WAY,
            done_on=clock.today() if done else None,
            responsible=filler.name,
            files=[store(SimpleUploadedFile("整改佐证材料.pdf", PDF + task.public_id.encode()))],
        )
        handling.reply(task, answer, by=filler, version=self._version(task))
        if how_far == 2:
            return
        if how_far == 3:
            text = "整改措施不够具体，请列明完成时限和责任人。"
            handling.send_back(self._again(task), by=reviewer, version=self._version(task), text=text)
            return
        handling.pass_on(self._again(task), by=reviewer, version=self._version(task), text="同意。")
        if how_far >= 6:
            self._accept(self._again(task))

    def _accept(self, task: Task) -> None:
        chief = self.cast.named["performance"]
        amount = None
        row = task.finding.table.funds.order_by("-adjusted").first() if task.finding.table else None
        if row is not None and task.problem in ("P11", "P12", "P13"):
            left = funds.left_over(task, row.source)
            amount = (left * Decimal("0.2")).quantize(Decimal("0.01"))
        if amount and row is not None:
            kind = self.rng.choice(
                [
                    FundActionKind.RECOVER,
                    FundActionKind.RECOVER,
                    FundActionKind.CUT,
                    FundActionKind.REALLOCATE,
                ]
            )
            number = f"诸财预〔2022〕{self.rng.randrange(100, 999)}号"
            disposal = Disposal(kind, row.source, amount, f"{number}-{task.pk}", date(2022, 9, 15))
            funds.record_disposal(task, disposal, by=chief)
        handling.accept(
            task,
            by=chief,
            version=task.version,
            result=AcceptanceResult.PASSED,
            verified_amount=amount,
            text="已核对指标文件和支付记录，同意销号。",
        )

    @staticmethod
    def _version(task: Task) -> int:
        return Task.objects.values_list("version", flat=True).get(pk=task.pk)

    @staticmethod
    def _again(task: Task) -> Task:
        return Task.objects.select_related("project", "finding__table").get(pk=task.pk)

    def finish(self, cycle: Cycle) -> None:
        """The first cycle lies behind: its windows are past and it is closed."""
        CycleWindow.objects.filter(cycle=cycle).update(
            opens_at=F("opens_at") - timedelta(days=120), closes_at=F("closes_at") - timedelta(days=90)
        )
        opening.close_cycle(cycle, by=self.cast.named["performance"])

    @staticmethod
    def _tables(cycle: Cycle) -> QuerySet[MonitoringTable]:
        return (
            MonitoringTable.objects.filter(cycle=cycle)
            .select_related("project", "cycle__rule_book", "unit", "department")
            .order_by("pk")
        )
