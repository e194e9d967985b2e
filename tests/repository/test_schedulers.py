"""Files for the schedulers of others: as far as can be told here, each is what its scheduler takes."""

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from framehaul.pipelines.cli import app
from framehaul.pipelines.config.config_file import load_config
from framehaul.transforms.errors import ConfigError

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "configs/schedulers"
UNITS = sorted([*FOLDER.glob("*.service"), *FOLDER.glob("*.timer")])
SCRIPT = ROOT / "scripts/schedule_on_dataflow"


def refuse_other_options(command: list[str]) -> None:
    """What follows ``framehaul`` must be a command with options that it has."""
    commands: Any = vars(get_command(app))["commands"]
    known = {option for parameter in commands[command[0]].params for option in parameter.opts}
    given = {word for word in command[1:] if word.startswith("--")}
    assert given <= known


def test_every_file_is_checked_and_explained() -> None:
    settings = (ROOT / "configs/README.md").read_text(encoding="utf-8")
    checked = {path.name for path in UNITS} | {"kubernetes-cronjob.yaml", "airflow_dag.py"}
    assert {path.name for path in FOLDER.iterdir() if path.is_file()} == checked
    assert [name for name in sorted(checked) if f"`schedulers/{name}`" not in settings] == []


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_of_systemd_starts_a_command_that_there_is(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert all(re.fullmatch(r"|#.*|\[\w+\]|\w+=.+", line) for line in lines)
    for line in lines:
        if line.startswith("ExecStart="):
            refuse_other_options(shlex.split(line.partition("=")[2])[1:])


def test_systemd_takes_its_units(tmp_path: Path) -> None:
    """Where there is a systemd to ask; otherwise the test before this one has to do."""
    analyze = next((path for path in (Path("/usr/bin/systemd-analyze"),) if path.exists()), None)
    for unit in UNITS:
        content = unit.read_text(encoding="utf-8").replace("/opt/framehaul/bin/framehaul", sys.executable)
        (tmp_path / unit.name).write_text(content.replace("User=framehaul", f"User={os.getuid()}"))
    if analyze is not None:
        paths = [tmp_path / unit.name for unit in UNITS]
        finished = subprocess.run(
            [analyze, "verify", "--man=no", *paths], check=False, capture_output=True, text=True
        )
        ours = [line for line in finished.stderr.splitlines() if "framehaul" in line]
        assert ours == []


def test_the_job_of_kubernetes_has_the_fields_of_its_api() -> None:
    """By the reference of batch/v1 and core/v1."""
    job = yaml.safe_load((FOLDER / "kubernetes-cronjob.yaml").read_text(encoding="utf-8"))
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    assert set(job) == {"apiVersion", "kind", "metadata", "spec"}
    assert set(job["spec"]) <= {
        *("schedule", "timeZone", "concurrencyPolicy", "startingDeadlineSeconds", "suspend"),
        *("jobTemplate", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"),
    }
    assert job["spec"]["concurrencyPolicy"] in {"Allow", "Forbid", "Replace"}
    load_config(ROOT / "configs/export.local.yaml", [f"schedule={{cron: '{job['spec']['schedule']}'}}"])
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["restartPolicy"] in {"Never", "OnFailure"}
    (container,) = pod["containers"]
    assert set(container) <= {
        *("name", "image", "command", "args", "env", "envFrom", "resources", "volumeMounts"),
        *("imagePullPolicy", "securityContext", "workingDir"),
    }
    assert container["command"][0] == "framehaul"
    refuse_other_options(container["command"][1:])
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}
    assert all(isinstance(entry["value"], str) for entry in container["env"])


def test_the_dag_of_airflow_is_python_with_keywords_that_airflow_knows() -> None:
    tree = ast.parse((FOLDER / "airflow_dag.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    known = {
        "DAG": [
            "dag_id",
            "description",
            "schedule",
            "start_date",
            "catchup",
            "max_active_runs",
            "default_args",
            "tags",
        ],
        "BashOperator": ["task_id", "bash_command", "env", "append_env"],
    }
    found = {node.func.id: node for node in calls if isinstance(node.func, ast.Name)}
    assert found.keys() >= known.keys()
    for node in calls:
        if isinstance(node.func, ast.Name) and node.func.id in known:
            assert {keyword.arg for keyword in node.keywords} <= set(known[node.func.id])
    schedule = next(word.value for word in found["DAG"].keywords if word.arg == "schedule")
    load_config(ROOT / "configs/export.local.yaml", [f"schedule={{cron: '{ast.literal_eval(schedule)}'}}"])


def test_what_the_dag_runs_is_a_command_of_this_program() -> None:
    tree = ast.parse((FOLDER / "airflow_dag.py").read_text(encoding="utf-8"))
    names = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    commands = [
        eval(compile(ast.Expression(keyword.value), "dag", "eval"), {"__builtins__": {}}, names)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "bash_command"
    ]
    assert len(commands) == 2
    for command in commands:
        assert command.count("{{") == command.count("}}")
        plain = re.sub(r"\{\{.*?\}\}", lambda match: "--resume" if "resume" in match[0] else "x", command)
        program, *arguments = shlex.split(plain)
        assert program == "framehaul"
        refuse_other_options(arguments)


FAKE_GCLOUD = """#!/usr/bin/env bash
[[ "$3" == describe ]] && exit "${DESCRIBED:-1}"
printf '%s\\0' "$@" > "$GCLOUD_ARGUMENTS"
"""


@pytest.fixture
def gcloud(tmp_path: Path) -> dict[str, str]:
    """An environment whose ``gcloud`` writes down what it is asked for."""
    (tmp_path / "gcloud").write_text(FAKE_GCLOUD)
    (tmp_path / "gcloud").chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "GCLOUD_ARGUMENTS": str(tmp_path / "arguments"),
        "PROJECT": "my-project",
        "TEMPLATE": "gs://bucket/framehaul.json",
        "CONFIG": "gs://bucket/nightly.yaml",
        "SERVICE_ACCOUNT": "framehaul@my-project.iam.gserviceaccount.com",
    }


@pytest.mark.parametrize(("described", "verb"), [("1", "create"), ("0", "update")])
def test_cloud_scheduler_is_given_the_launch_of_the_flex_template(
    gcloud: dict[str, str], described: str, verb: str
) -> None:
    subprocess.run(["bash", "-n", SCRIPT], check=True)
    subprocess.run([SCRIPT], check=True, env={**gcloud, "DESCRIBED": described})
    arguments = Path(gcloud["GCLOUD_ARGUMENTS"]).read_text().split("\0")[:-1]
    assert arguments[:5] == ["scheduler", "jobs", verb, "http", "framehaul-nightly"]
    options = dict(zip(arguments[5::2], arguments[6::2], strict=True))
    assert options["--uri"].endswith("/projects/my-project/locations/europe-west1/flexTemplates:launch")
    body = json.loads(options["--message-body"])["launchParameter"]
    assert body.keys() == {"jobName", "containerSpecGcsPath", "parameters", "environment"}
    assert body["parameters"] == {"config": "gs://bucket/nightly.yaml"}
    assert re.fullmatch(r"[a-z]([-a-z0-9]{0,1022}[a-z0-9])?", body["jobName"])
    load_config(ROOT / "configs/export.local.yaml", [f"schedule={{cron: '{options['--schedule']}'}}"])


@pytest.mark.parametrize("value", ['gs://bucket/"quoted".yaml', "gs://bucket/two words"])
def test_what_would_break_the_launch_is_refused(gcloud: dict[str, str], value: str) -> None:
    finished = subprocess.run([SCRIPT], check=False, env={**gcloud, "CONFIG": value}, capture_output=True)
    assert finished.returncode == 2
    assert not Path(gcloud["GCLOUD_ARGUMENTS"]).exists()


def test_a_cron_expression_that_is_none_would_be_found_by_these_tests() -> None:
    with pytest.raises(ConfigError):
        load_config(ROOT / "configs/export.local.yaml", ["schedule={cron: '15 25 * * *'}"])
