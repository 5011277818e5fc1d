"""What is saved is what is read: canaries in the wrong place of every kind of input are in no answer that is kept.

Each answer of some recorded meshes is damaged where nobody expects it: an object becomes a text, a text somebody's
sentence, every object gets one more key. What is kept of it holds nothing of that, and an error quotes nothing.
"""

import ast
import base64
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import kubectl_mcdiag
from kubectl_mcdiag.cli.exits import crash_log
from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.model import Command, Failure, Invocation, Output, Snapshot
from kubectl_mcdiag.evidence.parsers.envoy.programs import outcome
from kubectl_mcdiag.evidence.parsers.failures import said
from kubectl_mcdiag.evidence.parsers.kubernetes.kubeconfig import chosen
from kubectl_mcdiag.run.collect import observe
from kubectl_mcdiag.verdict.judge import report
from lab.clusters.certificates import Wanted, elliptic_key, issue
from tests.scenarios import askable, sample, snapshot, told
from tests.test_parsers import SAMPLED, secrets_as_printed
from tests.unredacted import CANARY, forms, unredacted

SENTENCE = f"the password is: {CANARY}!"
BY_KEY = {command.key: command for command in COMMANDS}
PACKAGE = Path(kubectl_mcdiag.__file__).parent
DAMAGES = 60
"""How often each answer is damaged at once."""


def holds(text: str) -> bool:
    """Return whether a text holds the canary in any form."""
    return any(form in text.encode() for form in forms())


def damaged(value: Any, dice: random.Random) -> Any:
    """Return a document with one part of it in the wrong shape, or in the wrong words."""
    if isinstance(value, dict) and value and dice.random() < 0.9:
        key = dice.choice(sorted(value))
        return {**value, f"{CANARY}!": SENTENCE, SENTENCE: [SENTENCE], key: damaged(value[key], dice)}
    if isinstance(value, list) and value and dice.random() < 0.9:
        place = dice.randrange(len(value))
        return [*value[:place], damaged(value[place], dice), *value[place + 1 :]]
    wrong: tuple[Any, ...] = (SENTENCE, {SENTENCE: CANARY}, [SENTENCE, {SENTENCE: CANARY}], f"-----BEGIN {SENTENCE}", 7)
    return dice.choice(wrong)


def printed(key: str, text: str) -> str:
    return secrets_as_printed(text) if key == "secrets" else text


def redacted(key: str, answer: str) -> str:
    text = BY_KEY[key].redact(answer)
    return chosen(text, ("cluster1", "cluster2")) if key == "kubeconfig" else text


def wrong(key: str, text: str, dice: random.Random) -> str:
    """Return an answer with canaries where they do not belong."""
    command = BY_KEY[key]
    if command.suffix == "json" and dice.random() < 0.95:
        return json.dumps(damaged(json.loads(text), dice))
    lines = text.splitlines() or [""]
    place = dice.randrange(len(lines))
    cells = lines[place].split("\t")
    column = dice.randrange(len(cells))
    cells[column] = dice.choice(
        (SENTENCE, f'["{SENTENCE}"]', json.dumps({SENTENCE: SENTENCE}), f"{cells[column]}\n{SENTENCE}")
    )
    return "\n".join((*lines[:place], "\t".join(cells), *lines[place + 1 :], SENTENCE if dice.random() < 0.2 else ""))


@pytest.mark.parametrize("key", sorted(SAMPLED))
def test_canary_in_the_wrong_place_is_neither_kept_nor_quoted(key: str) -> None:
    dice = random.Random(key)
    kept = 0
    for _ in range(DAMAGES):
        answer = wrong(key, printed(key, SAMPLED[key]), dice)
        try:
            text = redacted(key, answer)
            kept += bool(text)
        except ParseError as error:
            text = str(error)
        except ValueError as error:
            pytest.fail(f"{key}: {type(error).__name__}")
        assert not holds(text), (key, answer)
    assert kept


def kubeconfig(**changed: Any) -> dict[str, Any]:
    """Return a kubeconfig as a remote secret has it, with changes."""
    return {
        "current-context": "a",
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "clusters": [{"name": "a", "cluster": {"server": "https://10.0.0.1:6443"}}],
        "users": [{"name": "a", "user": {"token": CANARY}}],
        **changed,
    }


def cluster(**fields: Any) -> dict[str, Any]:
    return {"clusters": [{"name": "a", "cluster": {"server": "https://10.0.0.1:6443", **fields}}]}


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


MALFORMED = {
    "a bare password": CANARY,
    "a sentence": SENTENCE,
    "a list": f"- {CANARY}",
    "a mapping of words": f"{CANARY}: {CANARY}",
    "a tag": f"!{CANARY} x",
    "an alias": f"*{CANARY}",
    "broken quotes": f'token: "{CANARY}',
    "a token for a user": yaml.safe_dump(kubeconfig(users=[{"name": "a", "user": CANARY}])),
    "users as a text": yaml.safe_dump(kubeconfig(users=f"- name: a\n  user: {{token: {CANARY}}}\n")),
    "a token for a context": yaml.safe_dump(kubeconfig(**{"current-context": SENTENCE})),
    "a token for the CA": yaml.safe_dump(kubeconfig(**cluster(**{"certificate-authority-data": in_base64(SENTENCE)}))),
    "a slash in a password": yaml.safe_dump(kubeconfig(**cluster(**{"proxy-url": f"http://me:a/{CANARY}@proxy:1"}))),
    "a password in the path": yaml.safe_dump(kubeconfig(**cluster(server=f"https://a/{CANARY}"))),
    "a second @": yaml.safe_dump(kubeconfig(**cluster(server=f"https://me:a@{CANARY}@10.0.0.1"))),
    "a password for a server": yaml.safe_dump(kubeconfig(**cluster(server=SENTENCE))),
    "a password for a server's name": yaml.safe_dump(kubeconfig(**cluster(**{"tls-server-name": SENTENCE}))),
    "a password for a provider": yaml.safe_dump(
        kubeconfig(users=[{"name": "a", "user": {"auth-provider": {"name": CANARY}}}])
    ),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_malformed_remote_secret_gives_nothing_away(kind: str) -> None:
    """Finding H1: a remote secret that is a bare password was printed in full, in every format."""
    labels = "istio/multiCluster=true "
    line = f"istio-remote-secret-a\tOpaque\t2026-11-23T20:00:00Z\t{labels}\t\ta:{in_base64(MALFORMED[kind])} \t\n"

    kept = BY_KEY["secrets"].redact(line)

    assert not holds(kept)
    (secret,) = BY_KEY["secrets"].parse(kept)
    assert not holds(repr(secret.kubeconfigs["a"]))


KEYED = issue(Wanted("root", authority=True), elliptic_key())
KEY = f"-----BEGIN EC PRIVATE KEY-----\n{CANARY}\n-----END EC PRIVATE KEY-----\n"
AMONG = f"{KEYED.certificate_pem}{KEYED.key_pem}{SENTENCE}\n{KEY}"


def test_key_among_certificates_is_not_kept() -> None:
    """Finding H1: a private key appended to a chain, or under a certificate's name in a ConfigMap, was stored."""
    cacerts = "".join(f"{name}:{in_base64(AMONG)} " for name in ("ca-cert.pem", "cert-chain.pem", "ca-crl.pem"))
    maps = [{"metadata": {"name": name}, "data": {"root-cert.pem": AMONG, "ca.crt": AMONG}} for name in MAPS]
    mesh = yaml.safe_dump({"caCertificates": [{"pem": AMONG}]})
    maps.append({"metadata": {"name": "istio"}, "data": {"mesh": mesh, "ca.crt": AMONG}})
    hook = {"name": "sidecar-injector.istio.io", "clientConfig": {"caBundle": in_base64(AMONG)}}
    webhook = {"kind": "MutatingWebhookConfiguration", "metadata": {"name": "a"}, "webhooks": [hook]}
    secret = {
        "name": "default",
        "secret": {"tls_certificate": {"certificate_chain": {"inline_bytes": in_base64(AMONG)}}},
    }
    answers = {
        "secrets": f"cacerts\tOpaque\t2026-11-23T20:00:00Z\t\t\t{cacerts}\t\n",
        "configmaps": json.dumps({"items": maps}),
        "resources": json.dumps({"items": [webhook]}),
        "proxy-certificates": json.dumps({"configs": [secret]}),
    }

    for key, answer in answers.items():
        kept = BY_KEY[key].redact(answer)
        assert KEYED.certificate_pem.splitlines()[2] in decoded(kept), key
        assert "PRIVATE" not in decoded(kept)
        assert KEYED.key_pem.splitlines()[1] not in decoded(kept)
        assert not holds(kept)


MAPS = ("istio-ca-root-cert", "kube-root-ca.crt", "somebodys")


def decoded(text: str) -> str:
    """Return a text with what it holds in base64."""
    words = [word for word in text.replace("\\n", "\n").replace('"', " ").split() if len(word) > 200]
    return text + "".join(base64.b64decode(word + "==").decode("utf-8", "replace") for word in words)


BODY = json.dumps({"name": "lua", "typed_config": {"inline_code": f"authorization = '{CANARY}'"}})


def test_body_of_an_envoy_filter_is_not_kept() -> None:
    """Finding H2: `lastError` and `error_state.details` quoted it, in the report as well."""
    url = "type.googleapis.com/envoy.config.listener.v3.Listener"
    proxy = {"proxy": "a.b", "cluster_id": "c", "resources": {url: {"sent": "1", "lastError": f"error adding {BODY}"}}}
    listener = {"name": "x", "error_state": {"details": f"error adding listener '0.0.0.0:15443': {BODY}"}}

    assert not holds(BY_KEY["syncz"].redact(json.dumps([proxy])))
    kept = BY_KEY["gateway-listeners"].redact(json.dumps({"configs": [listener]}))
    assert not holds(kept)
    assert BY_KEY["gateway-listeners"].parse(kept)[0].rejected == "error adding listener '0.0.0.0:15443': …"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.key)
def test_reason_of_an_answer_in_another_shape_quotes_nothing(command: Command[Any]) -> None:
    invocation = Invocation(command, "cluster1", "", (command.tool,), (command.tool,))
    for answer in (SENTENCE, *map(json.dumps, (SENTENCE, [SENTENCE], {CANARY: SENTENCE})), f"{SENTENCE}\t" * 40):
        refused = Output(1, "", said(SENTENCE), 0.0, Failure.FORBIDDEN)
        for output in (Output(stdout=answer), Output(1, answer, said(SENTENCE)), refused):
            assert not holds(observe(invocation, output).reason)


def redacted_again(found: Snapshot) -> Snapshot:
    """Return a snapshot with every answer as it would be kept if it were read now."""
    again = {key: observe(each.invocation, _again(each)) for key, each in found.observations.items()}
    return replace(found, observations=again)


def _again(found: Any) -> Output:
    text = unredacted(found)
    output: Output = found.output
    return replace(output, stdout=found.invocation.command.redact(text) if text else "")


def test_mesh_is_judged_the_same_by_what_is_kept(thorough: bool) -> None:
    """Nothing that diagnosis needs is lost: fingerprints, names of pods, SNIs, versions."""
    for scenario in sample(thorough):
        again = told(report(redacted_again(snapshot(scenario)), askable(scenario)))
        before = told(report(snapshot(scenario), askable(scenario)))

        assert again == before, scenario.name


def test_of_a_kubeconfig_only_the_chosen_contexts_are_recorded() -> None:
    """Finding M1: every context was, with the names of other customers' clusters and of users."""
    names = ("mine", "theirs", "arn:aws:eks:eu-north-1:123456789012:cluster/shop")
    servers = [f"https://10.0.0.{place}:6443" for place in range(3)]
    document = {
        "current-context": "theirs",
        "contexts": [{"name": name, "context": {"cluster": f"at {name}", "user": f"jo@{name}"}} for name in names],
        "clusters": [
            {"name": f"at {name}", "cluster": {"server": server}} for name, server in zip(names, servers, strict=True)
        ],
        "users": [{"name": f"jo@{name}", "user": {"token": CANARY}} for name in names],
    }

    kept = chosen(BY_KEY["kubeconfig"].redact(json.dumps(document)), ("mine",))

    assert not any(word in kept for word in ("theirs", "123456789012", "jo@", "10.0.0.1", "10.0.0.2"))
    (found,) = BY_KEY["kubeconfig"].parse(kept).contexts
    assert (found.name, found.server) == ("mine", servers[0])


def _read_somewhere() -> set[str]:
    """Return the names of all attributes that the package looks at."""
    trees = (ast.parse(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py"))
    return {
        node.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }


def test_every_field_of_an_answer_is_read() -> None:
    """What nothing reads is not kept: a key set that Envoy holds for tokens was, and URLs of key servers."""
    read, idle = _read_somewhere(), set[str]()
    for path in (PACKAGE / "evidence" / "parsers").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            fields = node.body if isinstance(node, ast.ClassDef) else []
            names = {part.target.id for part in fields if isinstance(part, ast.AnnAssign)}  # type: ignore[union-attr]
            idle |= {f"{node.name}.{name}" for name in names - read} if isinstance(node, ast.ClassDef) else set()

    assert not idle


def test_keys_of_tokens_and_their_servers_are_not_kept() -> None:
    """A key of kind `oct` is a password, and a URL holds whatever somebody wrote into it."""
    keys = {"inline_string": f'{{"keys":[{{"kty":"oct","k":"{CANARY}"}}]}}'}
    server = {"http_uri": {"uri": f"https://u:{CANARY}@k/{CANARY}"}}
    provider = {"issuer": "i", "local_jwks": keys, "remote_jwks": server}
    rules = [{"match": {"prefix": "/"}, "requires": {"provider_name": "p"}}]
    token = {"@type": "type.googleapis.com/x.JwtAuthentication", "providers": {"p": provider}, "rules": rules}
    manager = {"@type": "type.googleapis.com/x.HttpManager", "http_filters": [{"name": "j", "typed_config": token}]}
    chain = {"filters": [{"name": "h", "typed_config": manager}]}
    listener = {"name": "virtualInbound", "filter_chains": [chain]}
    found = {"configs": [{"dynamic_listeners": [{"name": "virtualInbound", "active_state": {"listener": listener}}]}]}

    kept = redacted("server-config", json.dumps(found))

    assert '"j"' in kept
    assert not holds(kept)


@pytest.mark.parametrize("before", ["", "answers-all:", "answers-some:403", "answers-all:403\n"])
def test_program_is_not_kept_however_it_begins(before: str) -> None:
    """What was kept before is read again as it stands, and nobody else may write like that."""
    assert not holds(outcome(f"{before}{SENTENCE}"))
    assert outcome("answers-all:403") == "answers-all:403"


def test_log_of_a_crash_holds_no_value(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is pasted into reports of bugs: of the error only its kind, of the code only its lines."""

    def broken(secret: str) -> None:
        local = {"password": secret}
        raise KeyError(local["password"]) from ValueError(secret)

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    try:
        broken(f"the password is: {CANARY}!")
    except KeyError as error:
        told = Path(crash_log(error, "MC301")).read_text("utf-8")

    assert "MC301: KeyError" in told
    assert "broken" in told
    assert not holds(told)
