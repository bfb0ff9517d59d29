"""The files of a production installation: nobody is root, everything is watched, no secret stands in them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
LASTING = [name for name, service in SERVICES.items() if service.get("restart") != "no"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("beacon:")]
WORDS_OF_RUN = set(re.findall(r"^  ([a-z-]+)\)", (ROOT / "deploy/run").read_text(), re.MULTILINE))


def instructions(word: str) -> list[str]:
    return re.findall(rf"^{word} (.+)$", DOCKERFILE.replace("\\\n", " "), re.MULTILINE)


def test_every_part_of_the_house_is_there():
    assert {"web", "worker", "beat", "database", "redis", "proxy"} <= set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_runs_as_root(name: str):
    assert str(SERVICES[name].get("user", "root")) not in {"root", "0", ""}


@pytest.mark.parametrize("name", LASTING)
def test_every_lasting_service_is_watched(name: str):
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_from_the_environment(name: str):
    for variable, value in SERVICES[name].get("environment", {}).items():
        if re.search(r"SECRET|PASSWORD|AUTH|_URL$", variable):
            assert re.search(r"\$\{\w+:\?", value), f"{variable} holds a literal"
            assert re.sub(r"\$\{[^}]*\}", "", value).count("@") <= 1


def test_the_example_environment_is_empty_and_complete():
    example = (ROOT / "deploy/env.example").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text()))
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == required
    assert not re.search(r"^\w+=.+$", example, re.MULTILINE)


@pytest.mark.parametrize("name", SERVICES)
def test_only_the_proxy_is_reached_from_outside(name: str):
    assert bool(SERVICES[name].get("ports")) == (name == "proxy")


def test_database_and_redis_are_on_a_network_of_their_own():
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["database"]["networks"] == SERVICES["redis"]["networks"] == ["inside"]


def test_every_volume_that_is_used_is_declared():
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith((".", "$"))
    }
    assert used == set(COMPOSE["volumes"])


def test_the_image_is_built_in_stages_and_ends_as_nobody():
    assert len(instructions("FROM")) >= 2
    assert instructions("USER")[-1] == "10001"
    assert DOCKERFILE.rindex("USER") > DOCKERFILE.rindex("FROM")
    assert instructions("HEALTHCHECK")


def test_the_image_installs_by_hash_and_holds_no_secret():
    assert "--require-hashes" in DOCKERFILE
    assert not re.search(r"SECRET_KEY|PASSWORD", DOCKERFILE)
    assert ".env" not in instructions("COPY")


def test_base_images_name_their_version():
    images = [line.split()[0] for line in instructions("FROM")] + [
        service["image"] for name, service in SERVICES.items() if name not in OURS
    ]
    assert all(re.search(r":\d+\.?\d*", image) for image in images)


def test_every_command_is_a_word_of_deploy_run_and_is_run_by_a_test():
    commands = [SERVICES[name]["command"] for name in OURS]
    commands += [SERVICES[name]["healthcheck"]["test"][1:] for name in OURS if name in LASTING]
    assert all(command[0] == "deploy/run" and command[1] in WORDS_OF_RUN for command in commands)
    walk = (ROOT / "tests/house/test_production_walk.py").read_text()
    assert [word for word in sorted(WORDS_OF_RUN) if f'"{word}"' not in walk] == []


def test_gunicorn_opens_no_control_socket():
    assert "--no-control-socket" in (ROOT / "deploy/run").read_text()
