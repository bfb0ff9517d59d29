"""People and nodes as the API tells them: by name and code, never by number."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from organisation.models import Appointment, BudgetUnit, BusinessSection, Department, User
from organisation.roles import NodeKind


class NodeSerializer(serializers.Serializer):
    """A division, section, department, unit or institution."""

    code = serializers.CharField(
        help_text="Of an institution its unified social credit code.", allow_blank=True
    )
    name = serializers.CharField()


class SectionSerializer(serializers.ModelSerializer[BusinessSection]):
    class Meta:
        model = BusinessSection
        fields = ["code", "name", "closed_on"]


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    section = serializers.CharField(source="section.code", help_text="Code of its business section.")

    class Meta:
        model = Department
        fields = ["code", "name", "closed_on", "section"]


class UnitSerializer(serializers.ModelSerializer[BudgetUnit]):
    department = serializers.CharField(source="department.code", help_text="Code of its department.")

    class Meta:
        model = BudgetUnit
        fields = ["code", "name", "closed_on", "department"]


class NodesSerializer(serializers.Serializer):
    """The nodes the person reaches."""

    sections = SectionSerializer(many=True)
    departments = DepartmentSerializer(many=True)
    units = UnitSerializer(many=True)


class AppointmentSerializer(serializers.ModelSerializer[Appointment]):
    node = serializers.SerializerMethodField()

    class Meta:
        model = Appointment
        fields = ["role", "kind", "node", "starts_on", "ends_on"]

    @extend_schema_field(NodeSerializer)
    def get_node(self, appointment: Appointment) -> dict[str, str]:
        node: Any = appointment.node
        code = node.credit_code if appointment.kind == NodeKind.INSTITUTION else node.code
        return {"code": code, "name": node.name}


class PersonSerializer(serializers.ModelSerializer[User]):
    """The person asking, with the appointments in force today."""

    division = NodeSerializer(allow_null=True)
    appointments = AppointmentSerializer(many=True, source="in_force")

    class Meta:
        model = User
        fields = ["username", "name", "language", "division", "appointments"]
