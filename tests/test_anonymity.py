"""Anonymized recordings are judged the same and hold no name of the mesh; addresses keep their relations."""

import base64
import json
import re
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kubectl_mcdiag
from kubectl_mcdiag.anonymity import Disguise
from kubectl_mcdiag.anonymity.vocabulary import vocabulary
from kubectl_mcdiag.cli.main import main
from kubectl_mcdiag.evidence.model import Failure, Snapshot
from kubectl_mcdiag.evidence.parsers.certificates import parse
from kubectl_mcdiag.sources.bundle import Bundle, Recorder, archive
from kubectl_mcdiag.verdict.judge import report
from kubectl_mcdiag.verdict.model import Report
from lab.clusters.certificates import Identity, elliptic_key
from tests.scenarios import Scenario, askable, gathered, replay, sample, scenarios, snapshot
from tests.unredacted import CANARY, forms
from tests.vocabulary import words as words_of_the_code

KEY = b"k" * 32
OID = x509.ObjectIdentifier("1.2.3.4")
ALTERNATIVE = x509.SubjectAlternativeName
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
WORDS = re.compile(r"[A-Za-z][A-Za-z0-9]{3,}")


def anonymized(scenario: Scenario, folder: Path) -> Snapshot:
    """Return a scenario as it is replayed after having been recorded with stand-ins."""
    whole = snapshot(scenario)
    hide = Disguise(KEY)
    taken_at = hide.moment(whole.taken_at)
    recorder = Recorder(Bundle.open(scenario.path), folder, whole.contexts, whole.settings, taken_at, disguise=hide)
    for found in whole.observations.values():
        if found.output.failure is not Failure.NOT_RECORDED:
            recorder.keep(found.invocation, found.output)
    recorder.close()
    return gathered(Bundle.open(folder))


def verdicts(found: Report, contexts: tuple[str, ...]) -> dict[str, Any]:
    """Return what a report says, with places in the order of contexts for their names."""
    places = {name: str(place) for place, name in enumerate(contexts)}
    return {
        "pairs": [verdict.status for verdict in found.pairs],
        "causes": Counter(
            (
                cause.check.code,
                cause.finding.status,
                frozenset((places[p.source], places[p.destination]) for p in cause.finding.scope.pairs),
                frozenset(Counter(one.check.code for one in cause.consequences).items()),
            )
            for cause in found.root_causes
        ),
        "notes": Counter(note.check.code for note in found.notes),
        "unknowns": Counter(unknown.codes for unknown in found.unknowns),
        "results": [(result.check.code, result.status) for result in found.results],
        "members": len(found.members),
    }


def words(text: str) -> list[str]:
    """Return the words of a text, without those that base64 makes up in certificates: any two may share some."""
    return WORDS.findall(CERTIFICATE.sub(" ", text))


def test_anonymized_recording_is_judged_the_same(tmp_path: Path, thorough: bool) -> None:
    for place, scenario in enumerate(sample(thorough)[::3]):
        hidden = anonymized(scenario, tmp_path / str(place))
        after = verdicts(report(hidden, askable(scenario)), hidden.contexts)

        assert after == verdicts(replay(scenario), snapshot(scenario).contexts), scenario.name


def test_anonymized_recording_holds_no_name_or_address_of_the_mesh(tmp_path: Path, thorough: bool) -> None:
    for place, scenario in enumerate(sample(thorough)[1::3]):
        folder = tmp_path / str(place)
        hidden = anonymized(scenario, folder)
        own = {word for file in scenario.path.rglob("cluster*/*") for word in words(file.read_text("utf-8"))}
        stand_ins = {word for word in own if not re.fullmatch(r"n\d+|v\d+|T\d\d", word)} - vocabulary()
        kept = {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in folder.rglob("*.*")}
        said = {word for name, text in kept.items() for word in words(name + text.replace("\\n", " "))}
        # A recording's own keys.
        assert {word for word in said & stand_ins if len(word) > 5} <= {"failure", "seconds", "stderr", "target"}
        assert not re.search(r"\b(?:172\.30\.0\.1[12]|10\.10\.0\.\d+)\b", "".join(kept.values()))
        assert hidden.contexts != snapshot(scenario).contexts


def test_parts_of_a_name_are_the_same_everywhere() -> None:
    hide = Disguise(KEY)

    assert hide("payments-7c9f-x2z.shop") == "n1-n2-n3.n4"
    assert hide("outbound|8080|v1|payments.shop.svc.cluster.local") == "outbound|8080|v1|n1.n4.svc.cluster.local"
    assert hide("outbound_.8080_.v1_.payments.shop.svc.cluster.local").endswith("_.n1.n4.svc.cluster.local")
    assert hide('{"shop": "caf\\u00e9\\npayments"} café') == '{"n4": "n5\\nn1"} n5'


def test_what_everybody_has_stays() -> None:
    text = (
        "istio-system istio-ca-root-cert app=istiod topology.istio.io/network istio-proxy discovery kube-system"
        " istio-eastwestgateway 15443 127.0.0.1 cluster.local 1.31.2 10m0s"
    )

    assert Disguise(KEY)(text) == text


def test_account_number_in_a_name_is_replaced() -> None:
    hide = Disguise(KEY)

    assert hide("arn:aws:eks:eu-north-1:123456789012:cluster/shop") == "n1"
    assert hide("gke_my-project_europe-west1-b_shop") == "n2"
    assert hide('"arn:aws:eks:eu-north-1:123456789012:cluster/shop"') == '"n1"'


@pytest.mark.parametrize("number", ["123456", "123456789012", "4111111111111111", "12345678901234567890"])
def test_number_that_may_be_an_account_is_another_of_its_length(number: str) -> None:
    hidden = Disguise(KEY)(f'{{"id": {number}, "port": 15443}} {number}')

    assert number not in hidden
    assert json.loads(hidden[: hidden.index("}") + 1])["port"] == 15443
    assert hidden.endswith(str(json.loads(hidden[: hidden.index("}") + 1])["id"]))
    assert len(hidden) == len(f'{{"id": {number}, "port": 15443}} {number}')


def test_counters_stay_and_times_keep_their_distances() -> None:
    hide = Disguise(KEY)
    counter = '{"name": "cx_total", "value": 1234567}'
    text = '2026-11-24T00:26:19Z 2026-11-24T00:26:29.123456Z 2026-11-25 "expires": 1795480000'

    assert '"value": 1234567}' in hide(counter)
    before, after, day, _, expires = hide(text).split(" ")
    moments = [datetime.fromisoformat(one) for one in (before, after)]
    assert moments[1] - moments[0] == timedelta(seconds=10, microseconds=123456)
    assert hide.moment(datetime(2026, 11, 24, 0, 26, 19, tzinfo=UTC)) == moments[0]
    assert datetime.fromtimestamp(int(expires), UTC) == hide.moment(datetime.fromtimestamp(1795480000, UTC))
    assert day[:4] != "2026"
    assert hide("2026-13-45T99:99:99Z") == "1970-01-01"
    assert hide('"expires": 0') == '"expires": 0'


def test_region_and_zone_do_not_survive_and_two_stay_two() -> None:
    hide = Disguise(KEY)
    hidden = [hide(f'"region": "eu-north-{number}"') for number in range(10)]

    assert len(set(hidden)) == 10
    assert not any("eu" in text or "north" in text for text in hidden)
    assert hide("us-east-1a") != "us-east-1a"


def test_words_that_stay_are_those_that_the_code_compares_with(request: pytest.FixtureRequest) -> None:
    path = Path(kubectl_mcdiag.__file__).parent / "anonymity" / "words.txt"
    text = "\n".join(words_of_the_code()) + "\n"
    if request.config.getoption("--update"):
        path.write_text(text, "utf-8")

    assert path.read_text("utf-8") == text, "it is out of date: pytest tests/test_anonymity.py --update"
    assert not {"payments", "customer", "bank", "orders"} & vocabulary()


def test_name_that_looks_like_a_stand_in_is_none() -> None:
    hide = Disguise(KEY)

    assert (hide("n2"), hide("shop"), hide("n1")) == ("n1", "n2", "n3")


def test_address_in_a_host_name_is_the_same_one() -> None:
    hide = Disguise(KEY)

    assert hide("ip-10-20-30-40").removeprefix(hide("ip-")).replace("-", ".") == hide("10.20.30.40")


ADDRESSES = st.ip_addresses(v=4)
EITHER = st.ip_addresses()


@settings(max_examples=50)
@given(EITHER, st.data())
def test_address_stays_inside_its_network_and_outside_others(address: Any, data: st.DataObject) -> None:
    hide = Disguise(KEY)
    bits = data.draw(st.integers(0, address.max_prefixlen))
    network = ip_network((address, bits), strict=False)
    other = data.draw(st.ip_addresses(v=address.version))

    hidden, around = ip_address(hide(str(address))), ip_network(hide(str(network)))

    assert hidden in around
    assert around.prefixlen == bits
    assert (ip_address(hide(str(other))) in around) == (other in network)
    assert (hide(str(other)) == hide(str(address))) == (other == address)


@given(ADDRESSES)
def test_private_address_stays_private(address: Any) -> None:
    kinds = ("is_loopback", "is_link_local", "is_multicast")
    hidden = ip_address(Disguise(KEY)(str(address)))

    assert [getattr(hidden, kind) for kind in kinds] == [getattr(address, kind) for kind in kinds]
    for private in map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")):
        assert (hidden in private) == (address in private)


def test_certificate_keeps_its_facts_and_loses_its_names() -> None:
    found = snapshot(Scenario(scenarios()[0].path)).observations["configmaps", "cluster1", ""].value
    pem = next(each.data["root-cert.pem"] for each in found if each.name == "istio-ca-root-cert")
    hide = Disguise(KEY)

    old, new = parse(pem)[0], parse(hide(pem))[0]

    assert (new.not_before, new.not_after) == (hide.moment(old.not_before), hide.moment(old.not_after))
    assert new.is_authority == old.is_authority
    assert new.fingerprint != old.fingerprint
    assert new.subject == hide(old.subject)
    assert parse(hide(pem)) == parse(hide(f"{pem}\n"))
    assert json.loads(hide(json.dumps(pem))).split() == hide(pem).split()
    assert base64.b64decode(hide(base64.b64encode(pem.encode()).decode())).decode().split() == hide(pem).split()


def test_certificate_that_is_none_is_none_afterwards() -> None:
    block = "-----BEGIN CERTIFICATE-----\nc2VjcmV0IG5hbWU=\n-----END CERTIFICATE-----\n"

    assert "c2VjcmV0" not in Disguise(KEY)(block)


def test_certificate_keeps_the_kinds_of_its_names() -> None:
    names = [x509.DNSName("shop.example.com"), x509.IPAddress(ip_address("10.0.0.7")), x509.RegisteredID(OID)]
    key = elliptic_key()
    day = datetime(2026, 1, 1, tzinfo=UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, day, day + timedelta(days=9))
    extended = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    pem = Identity(extended.sign(key, hashes.SHA256()), key).certificate_pem
    hide = Disguise(KEY)

    found = x509.load_pem_x509_certificate(hide(pem).encode()).extensions.get_extension_for_class(ALTERNATIVE).value

    assert list(found) == [x509.DNSName(hide("shop.example.com")), x509.IPAddress(ip_address(hide("10.0.0.7")))]


@pytest.mark.parametrize("text", ["10.0.0.0/99", "blob " + "ab" * 31, "blob " + "/w" * 32])
def test_what_only_looks_like_an_address_or_base64_is_a_word(text: str) -> None:
    hidden = Disguise(KEY)(text)

    assert "ab" * 31 not in hidden
    assert "/w" * 32 not in hidden
    assert Disguise(KEY)(text) == hidden


@given(st.text(max_size=200))
@example("0E000")
def test_any_text_becomes_one_without_its_words(text: str) -> None:
    hidden = Disguise(KEY)(text)

    assert Disguise(KEY)(text) == hidden
    assert not (set(WORDS.findall(text)) - vocabulary()) & set(WORDS.findall(hidden)) - {"BEGIN", "CERTIFICATE"}


def test_long_text_takes_linear_time() -> None:
    began = time.process_time()
    for text in (
        "a:" * 50_000,
        "1." * 50_000,
        "\\" * 100_000,
        "-----BEGIN CERTIFICATE-----\n" * 5_000,
        "A" * 100_000,
    ):
        Disguise(KEY)(text)

    assert time.process_time() - began < 5


def broken() -> Scenario:
    """Return a recording of the first version: with argv, all of stderr, and problems that quote."""
    return next(each for each in scenarios() if each.name == "1.31/remote-secret-broken")


def test_recording_that_exists_is_cleaned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "payments.tar.gz"

    assert main(["kubectl-mcdiag", "anonymize", str(broken().path), str(kept)]) == 0
    assert "answers of 2 clusters, anonymized; 0 texts masked" in capsys.readouterr().err

    hidden, contexts = gathered(Bundle.open(kept)), snapshot(broken()).contexts
    before = verdicts(report(snapshot(broken()), askable(broken())), contexts)
    assert verdicts(report(hidden, askable(broken())), hidden.contexts) == before
    said = b"".join(f"{name}\n".encode() + content for name, content in archive.read(kept).items()).decode()
    assert not re.search(r"elsewhere|payments|172\.31\.0\.1|2026-11|GOMEMLIMIT|argv", said)


def test_cleaned_recording_holds_no_secret_that_the_first_version_kept(tmp_path: Path) -> None:
    old = tmp_path / "old"
    (old / "a").mkdir(parents=True)
    header = "format: 1\ntaken_at: '2026-11-23T00:00:00Z'\ncomplete: true\ncontexts: [{name: a, folder: a}]\n"
    (old / "bundle.yaml").write_text(header)
    problem = {"problem": f"the kubeconfig is expected an object, got str '{CANARY}"}
    pem = f"-----BEGIN EC PRIVATE KEY-----\n{CANARY}\n-----END EC PRIVATE KEY-----\n"
    secret = {"name": "cacerts", "certificates": {"cert-chain.pem": pem}, "kubeconfigs": {"a": problem}, "x": CANARY}
    (old / "a/secrets.jsonl").write_text(json.dumps(secret) + "\n")
    (old / "a/pods.txt").write_text(f"what is this? {CANARY}\n")
    (old / "a/strange.txt").write_text(CANARY)
    (old / "a/meta.yaml").write_text(
        f"secrets.jsonl: {{command: secrets, argv: [{CANARY}], stderr: 'password {CANARY}'}}\n"
        f"pods.txt: {{command: pods, exit_code: 1, stderr: 'EOF {CANARY}'}}\nstrange.txt: {{command: strange}}\n"
    )

    assert main(["kubectl-mcdiag", "anonymize", str(old), str(tmp_path / "new")]) == 0

    new = "".join(path.read_text() for path in (tmp_path / "new").rglob("*") if path.is_file())
    assert not any(form.decode() in new for form in forms())
    assert "the kubeconfig is expected an object" in new
    assert "EOF" in new


def test_what_is_no_recording_is_not_cleaned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kubectl-mcdiag", "anonymize", str(tmp_path / "none"), str(tmp_path / "new")]) == 2
    assert "no such file or folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
