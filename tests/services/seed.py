"""A bureau with one person, made by a process of its own in the database that the environment names.

python -m tests.services.seed    prints {"session": …, "token": …} of that person
"""

import json

import django

if __name__ == "__main__":
    django.setup()

    from django.conf import settings
    from django.test import Client
    from rest_framework.authtoken.models import Token

    from organisation.models import Division
    from organisation.roles import Role
    from tests import factories

    division = Division.objects.create(code="370782", name="诸城市", is_bureau=True)
    person = factories.make_person("performance", Role.PERFORMANCE, division)
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    print(
        json.dumps(
            {
                "session": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "token": Token.objects.create(user=person).key,
            }
        )
    )
