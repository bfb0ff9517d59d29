"""Who asks, and what they reach."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api import ApiView
from organisation.models import Appointment, BudgetUnit, BusinessSection, Department
from organisation.serializers import NodesSerializer, PersonSerializer


class MeView(ApiView):
    @extend_schema(responses=PersonSerializer, operation_id="me")
    def get(self, request: Request) -> Response:
        """The person behind the token or the session, and where they hold which role today."""
        person = self.person
        nodes = ("division", "section", "department", "unit", "institution")
        held = Appointment.objects.visible_to(person).in_force().filter(user=person)
        person.in_force = held.select_related(*nodes)
        return Response(PersonSerializer(person).data)


class NodesView(ApiView):
    @extend_schema(responses=NodesSerializer, operation_id="nodes")
    def get(self, request: Request) -> Response:
        """Business sections, departments and budget units the person reaches; their codes are what filters take."""
        nodes = {
            "sections": BusinessSection.objects.visible_to(self.person),
            "departments": Department.objects.visible_to(self.person).select_related("section"),
            "units": BudgetUnit.objects.visible_to(self.person).select_related("department"),
        }
        return Response(NodesSerializer(nodes).data)
