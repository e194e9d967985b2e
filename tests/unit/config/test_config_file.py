"""From YAML and ``--set`` to a config: all problems at once, and no secret in any of them."""

from pathlib import Path
from typing import Any

import pytest

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.config_file import check_config, load_config
from framehaul.transforms.errors import ConfigError

LEAST = 'source: {tasks: ["tasks.ndjson"]}\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "export.yaml"


def loaded(path: Path, text: str, *overrides: str) -> ExportConfig:
    path.write_text(text)
    return load_config(path, overrides)


def message(path: Path, text: str, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(path, text, *overrides)
    return str(caught.value)


def test_all_problems_are_told_at_once_with_where_they_are_and_what_is_allowed(path: Path) -> None:
    text = """
export: {stagse: [Complete], task_types: [defualt], fields: {stage_histroy: no}}
output: {compression: brotli, shard_bytes: 64 MiBs, max_line_bytes: 17MiB, url: "ftp://x"}
storage: {s4: {}}
limits: {max_dead_letters: -1}
"""
    first, *problems = message(path, text).splitlines()
    assert first == f"{path} is wrong:"
    assert {problem.split()[1].rstrip(":") for problem in problems} == {
        "export.stagse",
        "export.task_types.0",
        "export.fields.stage_histroy",
        "source",
        "output.url",
        "output.compression",
        "output.shard_bytes",
        "output.max_line_bytes",
        "storage.s4.[key]",
        "limits.max_dead_letters",
    }
    assert "'brotli'" in "\n".join(problems)
    assert "'none', 'gzip' or 'zstd'" in "\n".join(problems)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"exprot": {}}, "exprot is not a setting; did you mean export?"),
        ({"export": {"stage": []}}, "export.stage is not a setting; did you mean stages?"),
        (
            {"export": {"fields": {"history": 1}}},
            "export.fields.history is not a setting; did you mean stage_history?",
        ),
        (
            {"export": {"updated_at": {"since": None}}},
            "export.updated_at.since is not a setting; known here: after, before",
        ),
        (
            {"runner": {"zzz": "direct"}},
            "runner.zzz is not a setting; known here: exchange, name, options, workers",
        ),
        ({"output": {"shardBytes": 5}}, "output.shardBytes is not a setting; did you mean shard_bytes?"),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_config({"source": {"tasks": "t.ndjson"}, **settings}, "export.yaml")
    assert str(caught.value) == f"export.yaml is wrong:\n  - {problem}"


@pytest.mark.parametrize("key", ["5", "true", "null", "2024-05-01", "{a: b}"])
def test_a_key_that_is_no_text_is_a_problem_too(path: Path, key: str) -> None:
    assert str(path) in message(path, LEAST + f"export: {{? {key} : 1}}\n")


def test_what_is_missing_is_named(path: Path) -> None:
    assert "source is missing; every export needs it" in message(path, "export: {}\n")
    assert "source.tasks is missing; every export needs it" in message(path, "source: {}\n")


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]\n", "just text\n", "5\n"])
def test_a_file_without_settings_says_what_is_needed(path: Path, text: str) -> None:
    assert (
        message(path, text)
        == f"{path} holds no settings; it needs at least source.tasks (see configs/README.md)"
    )


def test_a_file_that_is_not_there_or_not_yaml_is_named(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"export\.yaml cannot be read"):
        load_config(path)
    assert message(path, "export: [\n").startswith(f"{path} is not YAML")
    path.write_bytes(b"export: \xff\xfe\n")
    with pytest.raises(ConfigError, match=r"export\.yaml is not UTF-8 \(byte 8\): save it as UTF-8"):
        load_config(path)
    with pytest.raises(ConfigError, match=r"cannot be read.*; name a file: that is a folder"):
        load_config(path.parent)


def test_a_section_that_is_there_twice_is_refused(path: Path) -> None:
    """YAML would take the last one, and leave out what the first says."""
    text = message(path, LEAST + "export: {stages: [Review]}\nexport: {batches: [b]}\n")
    assert "export is there twice; put what is in both into one" in text
    assert f"line {LEAST.count(chr(10)) + 2}, column 1" in text


@pytest.mark.parametrize(
    ("override", "section", "setting", "value"),
    [
        ("export.stages=[Complete, Review]", "export", "stages", ["Complete", "Review"]),
        ('export.stages=["Complete"]', "export", "stages", ["Complete"]),
        ("export.stages=Review", "export", "stages", ["Review"]),
        ("export.project=null", "export", "project", None),
        ("export.project=a=b", "export", "project", "a=b"),
        ("output.shard_bytes=1MiB", "output", "shard_bytes", 1 << 20),
        ("limits.max_dead_letters=7", "limits", "max_dead_letters", 7),
        ("source.tasks=other-*.ndjson", "source", "tasks", ["other-*.ndjson"]),
    ],
)
def test_any_value_can_be_overridden(
    path: Path, override: str, section: str, setting: str, value: Any
) -> None:
    config = loaded(path, LEAST + "export: {project: p1}\n", override)
    assert getattr(getattr(config, section), setting) == value


def test_overrides_reach_any_depth_and_the_last_one_wins(path: Path) -> None:
    config = loaded(
        path,
        LEAST,
        "export.fields.stage_history=false",
        "export.updated_at.after=2024-05-01",
        "limits.max_dead_letters=1",
        "limits.max_dead_letters=2",
        "storage.s3.client_kwargs.region_name=eu-central-1",
    )
    assert config.export.fields.stage_history is False
    assert config.export.updated_at.bounds()[0] == "2024-05-01T00:00:00.000000"
    assert config.limits.max_dead_letters == 2
    assert config.storage == {"s3": {"client_kwargs": {"region_name": "eu-central-1"}}}


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("output.compression", "write KEY=VALUE, for example"),
        ("=zstd", "write KEY=VALUE, for example"),
        ("output.compression=[", "the value is not YAML"),
        ("source.tasks.first=x", "tasks is a value, not a section"),
        ("output.compresion=zstd", "output.compresion is not a setting; did you mean compression?"),
        ("output.compression=brotli", "output.compression is 'brotli'"),
        (".=1", "is not a setting"),
    ],
)
def test_a_wrong_override_is_refused(path: Path, override: str, problem: str) -> None:
    assert problem in message(path, LEAST, override)


SECRET = "hunter2"


@pytest.mark.parametrize(
    "options",
    [
        "s3: {key: hunter2}",
        "s3: {secret: hunter2}",
        "s3: {token: hunter2}",
        "gs: {token: hunter2}",
        "az: {account_key: hunter2}",
        "az: {connection_string: hunter2}",
        "az: {sas_token: hunter2}",
        "az: {credential: hunter2}",
        "s3: {password: hunter2}",
        "s3: {client_kwargs: {aws_secret_access_key: hunter2}}",
        "gs: {token: {private_key: hunter2, client_email: x}}",
        "gs: {token: {x: hunter2}}",
        "s3: {secret: [hunter2]}",
        "s3: {secret: 1234567}",
        "s3: hunter2",
        "s3: [hunter2]",
        "hunter2",
    ],
)
def test_an_open_secret_is_refused_and_not_echoed(path: Path, options: str) -> None:
    storage = f"storage: {{{options}}}\n" if ":" in options else f"storage: {options}\n"
    text = message(path, LEAST + storage)
    assert "storage" in text
    assert SECRET not in text
    assert "1234567" not in text


@pytest.mark.parametrize(
    "override",
    [
        "storage.s3.secret=hunter2",
        "storage.s3={secret: hunter2}",
        "storage.s3.secret=[hunter2",
        "storage.s3.secret=hunter2: {",
        "storage.s3.secret.value=hunter2",
        "storage=hunter2",
    ],
)
def test_an_open_secret_in_an_override_is_not_echoed_either(path: Path, override: str) -> None:
    assert SECRET not in message(path, LEAST + "storage: {s3: {secret: x}}\n", override)


def test_a_file_that_is_not_yaml_is_refused_without_showing_what_may_be_a_secret(path: Path) -> None:
    text = message(path, LEAST + 'storage: {s3: {secret: "hunter2}}\n')
    assert SECRET not in text
    text = message(path, LEAST + "storage: {s3: {secret: hunter2: 5}}\n")
    assert SECRET not in text


@pytest.mark.parametrize(
    "options", ["s3: {key: {env: NAME}}", "gs: {token: anon}", "s3: {endpoint_url: http://h}"]
)
def test_names_of_variables_and_what_is_no_secret_pass(path: Path, options: str) -> None:
    assert loaded(path, LEAST + f"storage: {{{options}}}\n").storage


@pytest.mark.parametrize("name", ["5", "null", "''", "[hunter2]", "{x: hunter2}"])
def test_the_name_of_a_variable_is_a_text(path: Path, name: str) -> None:
    text = message(path, LEAST + f"storage: {{s3: {{secret: {{env: {name}}}}}}}\n")
    assert "storage.s3" in text
    assert SECRET not in text


def test_an_open_secret_among_the_flags_for_beam_is_refused_too(path: Path) -> None:
    # or else it would stand in the manifest
    text = message(path, LEAST + "runner: {options: {s3_secret_access_key: hunter2}}\n")
    assert "s3_secret_access_key" in text
    assert SECRET not in text


def test_aliases_that_grow_beyond_all_measure_are_refused_at_once(tmp_path: Path) -> None:
    """A file of 500 bytes may stand for a billion values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (tmp_path / "bomb.yaml").write_text("\n".join(lines))
    with pytest.raises(ConfigError, match=r"bomb\.yaml is not YAML: line 1, .*aliases.*100,000 are allowed"):
        load_config(tmp_path / "bomb.yaml")


@pytest.mark.parametrize("text", ["source: &a {tasks: *a}", "source: " + "[" * 5000])
def test_endless_settings_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "endless.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"endless\.yaml is "):
        load_config(tmp_path / "endless.yaml")


@pytest.mark.parametrize("setting", ["source.tasks", "output.url"])
def test_a_url_with_a_control_character_is_refused_by_its_code(tmp_path: Path, setting: str) -> None:
    (tmp_path / "export.yaml").write_text("source: {tasks: t.ndjson}")
    with pytest.raises(ConfigError, match=r"no control characters; this one has \\x00"):
        load_config(tmp_path / "export.yaml", [f'{setting}="a\\0b"'])
