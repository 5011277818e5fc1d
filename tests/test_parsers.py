"""Every recorded output is read; anything else is a value that claims nothing, or a `ParseError` with words.

The goldens are small samples cut from recordings, and the records that are made of them. `pytest --update` rewrites
the records.
"""

import dataclasses
import json
from collections.abc import Callable
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import msgspec
import pytest
import yaml

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.model import Command, Invocation, Observation, Output
from kubectl_mcdiag.evidence.names import SERVER
from kubectl_mcdiag.evidence.parsers.kubernetes import pods, reader
from kubectl_mcdiag.evidence.parsers.shapes import public_url
from tests.compact import texts
from tests.conftest import GOLDEN
from tests.scenarios import scenarios
from tests.unredacted import unredacted

BY_KEY = {command.key: command for command in COMMANDS}
SAMPLES = sorted(path for path in (GOLDEN / "parsers").iterdir() if not path.name.endswith(".records.yaml"))
SAMPLED = {sample.stem: sample.read_text("utf-8") for sample in SAMPLES}


@cache
def recordings() -> dict[str, set[str]]:
    """Return every text that was recorded, once, by command key."""
    found: dict[str, set[str]] = {}
    for scenario in scenarios():
        for name, text in texts(scenario.path).items():
            found.setdefault(PurePosixPath(name).stem.split("--")[0], set()).add(text)
    return found


def parsers() -> list[Command[Any]]:
    """Return one command for each parser: the one that has a sample."""
    return [command for command in COMMANDS if command.key in SAMPLED]


each_parser = pytest.mark.parametrize("command", parsers(), ids=lambda command: command.key)


def _is_default(record: msgspec.Struct, name: str, value: Any) -> bool:
    """Return whether a field of Envoy's records was left out."""
    field = next(one for one in msgspec.structs.fields(record) if one.name == name)
    if field.default_factory is not msgspec.NODEFAULT:
        return bool(value == field.default_factory())
    return bool(value == field.default)


def plain(value: Any) -> Any:
    """Return records as YAML can hold them."""
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        return {name: plain(item) for name, item in fields.items() if not _is_default(value, name, item)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def test_every_recorded_file_is_the_output_of_a_command() -> None:
    assert recordings().keys() <= BY_KEY.keys()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.key)
def test_every_recording_is_read(command: Command[Any]) -> None:
    texts = recordings()[command.key] - {""}

    assert texts
    for text in texts:
        command.parse(text)


def test_every_parser_has_a_sample() -> None:
    sampled = {command.parse for command in parsers()}

    assert [command.key for command in COMMANDS if command.parse not in sampled] == []
    assert SAMPLED.keys() <= BY_KEY.keys()


@each_parser
def test_sample_becomes_its_records(command: Command[Any], golden: Callable[[str, str], None]) -> None:
    records = plain(command.parse(SAMPLED[command.key]))

    text = yaml.safe_dump(records, allow_unicode=True, sort_keys=False, width=110)
    golden(f"parsers/{command.key}.records.yaml", text)


LISTS = '{"items": []}'
NOTHING = {
    "client-config": '{"configs": []}',
    "clusterz": "[]",
    "configmaps": LISTS,
    "endpoint-shards": "{}",
    "exported-services": "null",
    "gateway-api": LISTS,
    "gateway-listeners": '{"configs": []}',
    "istio-config": LISTS,
    "istiod-crash": "",
    "istiod-log": "",
    "kubeconfig": '{"contexts": null, "clusters": null, "users": null, "current-context": ""}',
    "misplaced-secrets": "",
    "networkz": "null",
    "pods": "",
    "proxy-certificates": '{"configs": []}',
    "proxy-endpoints": "[]",
    "reader": "",
    "resources": LISTS,
    "secrets": "",
    "server-decisions": '{"stats": []}',
    "syncz": "[]",
    "workloads": "",
}
"""What a tool prints where there is nothing to print; a probe always says how it ended."""


def holds_nothing(value: Any) -> bool:
    """Return whether nothing stands in any field of any record."""
    found = plain(value)
    if isinstance(found, dict | list):
        return all(holds_nothing(item) for item in (found.values() if isinstance(found, dict) else found))
    return not found


@each_parser
def test_nothing_is_read_as_nothing(command: Command[Any]) -> None:
    if command.sends_requests:
        with pytest.raises(ParseError):
            command.parse("")
    else:
        assert holds_nothing(command.parse(NOTHING[command.key]))


DOCUMENTS = [command for command in parsers() if command.suffix in ("json", "jsonl")]
each_document_parser = pytest.mark.parametrize("command", DOCUMENTS, ids=lambda command: command.key)
OPEN = {"gateway-listeners", "kubeconfig", "proxy-certificates", "secrets"}
"""Those whose document is an object in which any key may be absent."""


@each_document_parser
@pytest.mark.parametrize("text", ["<html>captive portal</html>", "{'items': []}", "42", '"text"', "[1]", "[[]]"])
def test_document_of_another_shape_is_refused_with_words(command: Command[Any], text: str) -> None:
    with pytest.raises(ParseError, match=r"^not JSON in line 1, column \d$|^expected .+"):
        command.parse(text)


@pytest.mark.parametrize("key", sorted({command.key for command in DOCUMENTS} - OPEN))
def test_object_of_another_kind_is_refused(key: str) -> None:
    with pytest.raises(ParseError, match=r"expected .+"):
        BY_KEY[key].parse('{"kind": "Status", "status": "Failure"}')


@each_document_parser
def test_document_that_is_cut_off_is_refused(command: Command[Any]) -> None:
    text = SAMPLED[command.key].rstrip()
    for end in range(1, len(text), max(1, len(text) // 50)):
        if text[end] != "\n" or command.suffix != "jsonl":
            with pytest.raises(ParseError, match="not JSON"):
                command.parse(text[:end])


@each_document_parser
def test_unknown_keys_change_nothing(command: Command[Any]) -> None:
    text = SAMPLED[command.key]
    documents = text.splitlines() if command.suffix == "jsonl" else [text]
    newer = "\n".join(json.dumps(with_unknown_keys(json.loads(document))) for document in documents)

    assert newer.count(UNKNOWN) > 0
    assert command.parse(newer) == command.parse(text)


UNKNOWN = "ofALaterVersion"
BODIES = {"metadata", "spec", "status", "address", "healthStatus", "locality", "destination", "token"}


def with_unknown_keys(value: Any) -> Any:
    """Return a document with one more key in every object that is not a table of somebody's own keys."""
    if isinstance(value, list):
        return [with_unknown_keys(item) | {UNKNOWN: [{}]} if isinstance(item, dict) else item for item in value]
    if isinstance(value, dict):
        found = {key: with_unknown_keys(item) for key, item in value.items()}
        return {
            key: item | {UNKNOWN: {"a": 1}} if key in BODIES and isinstance(item, dict) and item else item
            for key, item in found.items()
        }
    return value


COLUMNS = {"misplaced-secrets": 3, "pods": len(pods.COLUMNS), "reader": len(reader.COLUMNS), "workloads": 5}
each_table_parser = pytest.mark.parametrize(("key", "columns"), COLUMNS.items())


@each_table_parser
def test_blank_cells_are_read_as_nothing(key: str, columns: int) -> None:
    assert holds_nothing(BY_KEY[key].parse("\t" * (columns - 1) + "\n"))


@each_table_parser
@pytest.mark.parametrize("more", [-99, 1])
def test_line_with_other_columns_is_refused(key: str, columns: int, more: int) -> None:
    line = "\t".join(["x"] * max(1, columns + more))

    with pytest.raises(ParseError, match=rf"^expected {columns} columns, got \d+$"):
        BY_KEY[key].parse(f"{line}\n")


@pytest.mark.parametrize("key", ["pods", "reader", "secrets"])
def test_line_that_cannot_be_redacted_is_refused(key: str) -> None:
    with pytest.raises(ParseError, match=r"expected \d+ columns, got 1"):
        BY_KEY[key].redact("error: something else\n")


@pytest.mark.parametrize("key", ["istiod-crash", "istiod-log"])
def test_other_lines_of_a_log_are_passed_over(key: str) -> None:
    assert holds_nothing(BY_KEY[key].parse("2026-11-24T23:59:59.1Z\tinfo\tall is well\nno line of a log\n"))


@each_parser
def test_redaction_keeps_all_that_is_read(command: Command[Any]) -> None:
    text = SAMPLED[command.key]
    # What a secret's answer is redacted to has another shape than the answer itself.
    printed = secrets_as_printed(text) if command.key == "secrets" else text

    once = command.redact(printed)
    if command.key not in REWRITTEN:
        assert command.parse(once) == command.parse(text)
    if command.key != "secrets":
        assert command.redact(once) == once


REWRITTEN = {"configmaps", "proxy-certificates", "resources", "secrets"}
"""Those whose certificates are encoded again: those of the samples are none. `test_saved` has real ones."""


def secrets_as_printed(redacted: str) -> str:
    asked = Invocation(BY_KEY["secrets"], "cluster1", "", (), ())
    return unredacted(Observation(asked, Output(stdout=redacted)))


def test_of_what_the_mesh_configuration_says_more_nothing_is_kept() -> None:
    mesh = "trustDomain: one\nextensionProviders: [{name: a, headers: {authorization: hunter2}}]\n"
    printed = json.dumps({"items": [{"metadata": {"name": "istio"}, "data": {"mesh": mesh, "other": "x"}}]})
    (found,) = BY_KEY["configmaps"].parse(BY_KEY["configmaps"].redact(printed))

    assert found.data == {"mesh": "trustDomain: one\n"}


def test_of_annotations_those_that_are_read_are_kept() -> None:
    kept = {
        "networking.istio.io/exportTo": "., shop",
        "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
        "traffic.istio.io/nodeSelector": '{"zone": "a"}',
    }
    certificate = {"service.beta.kubernetes.io/aws-load-balancer-ssl-cert": "arn:aws:acm:eu-west-1:111122223333:a/b"}
    others = {"service.beta.kubernetes.io/aws-load-balancer-type": "nlb", "istio.io/hunter2": "hunter2"}
    notes = {**kept, **certificate, **others, "kubectl.kubernetes.io/last-applied-configuration": "hunter2"}
    printed = json.dumps({"items": [{"kind": "Service", "metadata": {"name": "a", "annotations": notes}}]})
    found = BY_KEY["resources"].parse(BY_KEY["resources"].redact(printed))

    assert [service.annotations for service in found.services] == [kept | dict.fromkeys(certificate, "[set]")]


def test_headers_and_their_values_are_not_kept() -> None:
    destination = {"destination": {"host": "b", "subset": "v1"}, "weight": 9}
    headers = {"request": {"set": {"authorization": "hunter2"}}}
    rule = {
        "match": [{"headers": {"x-key": {"exact": "hunter2"}}}],
        "route": [destination | {"headers": headers}],
        "headers": headers,
    }
    condition = {"key": "request.headers[x-key]", "values": ["hunter2"]}
    items = [
        {"kind": "VirtualService", "metadata": {"name": "a"}, "spec": {"hosts": ["b"], "http": [rule]}},
        {"kind": "AuthorizationPolicy", "metadata": {"name": "a"}, "spec": {"rules": [{"when": [condition]}, {}]}},
    ]

    printed = json.dumps({"items": items})
    kept = BY_KEY["istio-config"].redact(printed)

    assert "hunter2" not in kept
    assert BY_KEY["istio-config"].parse(kept) == BY_KEY["istio-config"].parse(printed)


@pytest.mark.parametrize("server", ["https://me:hunter2@10.0.0.1:6443", "https://10.0.0.1:6443?token=hunter2"])
def test_address_of_a_server_is_kept_without_the_secrets_in_it(server: str) -> None:
    assert public_url(server) == "https://10.0.0.1:6443"


@pytest.mark.parametrize("server", ["10.0.0.1:6443", "", "https://[fd00::1]:6443", "https://host", "https://host/"])
def test_address_without_secrets_stays_as_it_is(server: str) -> None:
    assert public_url(server) == server


@pytest.mark.parametrize(
    "server",
    [
        "http://me:hunter/2@proxy:3128",
        "http://me:hunter?2@proxy:3128",
        "hunter2",
        "https://hunter 2",
        "file:///hunter2",
        "https://a:hunter2",
        "https://hunter_2@",
    ],
)
def test_address_in_which_a_password_may_stand_anywhere_is_unreadable(server: str) -> None:
    assert public_url(server) in ("[not a URL]", "http://me")


def test_path_of_a_server_becomes_a_digest_that_tells_two_apart() -> None:
    one, other = (public_url(f"https://rancher.example.com/k8s/clusters/c-{number}") for number in (1, 2))

    assert one != other
    assert one.startswith("https://rancher.example.com/…")
    assert public_url(one) == one
    assert not SERVER.accepts(one)
