"""Anonymized recordings are judged the same and hold no name of the mesh; addresses keep their relations."""

import base64
import json
import re
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

from kubectl_mcdiag.anonymity import Disguise
from kubectl_mcdiag.anonymity.vocabulary import vocabulary
from kubectl_mcdiag.evidence.model import Failure, Snapshot
from kubectl_mcdiag.evidence.parsers.certificates import parse
from kubectl_mcdiag.sources.bundle import Bundle, Recorder
from kubectl_mcdiag.verdict.judge import report
from kubectl_mcdiag.verdict.model import Report
from lab.clusters.certificates import Identity, elliptic_key
from tests.scenarios import Scenario, askable, gathered, replay, sample, scenarios, snapshot

KEY = b"k" * 32
OID = x509.ObjectIdentifier("1.2.3.4")
ALTERNATIVE = x509.SubjectAlternativeName
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
WORDS = re.compile(r"[A-Za-z][A-Za-z0-9]{3,}")


def anonymized(scenario: Scenario, folder: Path) -> Snapshot:
    """Return a scenario as it is replayed after having been recorded with stand-ins."""
    whole = snapshot(scenario)
    recorder = Recorder(
        Bundle.open(scenario.path), folder, whole.contexts, whole.settings, whole.taken_at, disguise=Disguise(KEY)
    )
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
        " istio-eastwestgateway 15443 2026-11-24T00:26:19Z 127.0.0.1 cluster.local 1.31.2 10m0s 1795480000"
    )

    assert Disguise(KEY)(text) == text


def test_account_number_in_a_name_is_replaced() -> None:
    assert Disguise(KEY)("arn:aws:eks:eu-north-1:123456789012:cluster/shop") == "n1:aws:n2:n3-n4-1:n5:cluster/n6"


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

    facts = ("not_before", "not_after", "is_authority")
    assert [getattr(new, fact) for fact in facts] == [getattr(old, fact) for fact in facts]
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
    began = datetime.now(UTC)
    for text in (
        "a:" * 50_000,
        "1." * 50_000,
        "\\" * 100_000,
        "-----BEGIN CERTIFICATE-----\n" * 5_000,
        "A" * 100_000,
    ):
        Disguise(KEY)(text)

    assert datetime.now(UTC) - began < timedelta(seconds=2)
