"""Names: what Kubernetes and Istio accept as each kind, and that nothing else passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence import names
from kubectl_mcdiag.evidence.names import Kind

KINDS = {name: kind for name, kind in vars(names).items() if isinstance(kind, Kind)}
ACCEPTED = {
    "LABEL": ("sample", "a", "0-a", "a" * 63),
    "NAME": ("istiod-7c9f.example.com", "kube-root-ca.crt", "a" * 253),
    "SEGMENT": ("system:node", "istio-reader-clusterrole-istio-system", "Team_A@b"),
    "LABEL_KEY": ("app", "topology.istio.io/network", "istio/multiCluster", "a.b/C_d.e"),
    "LABEL_VALUE": ("", "v1", "NetWork_1.a"),
    "DATA_KEY": ("cluster1", "ca-cert.pem", "..data", "_x", "-"),
    "HOST": ("*", "*.local", "*-a.example.com", "helloworld", "Shop.example.com", "example.com."),
    "ADDRESS": ("10.0.0.1", "fd00::1"),
    "RANGE": ("10.0.0.0/8", "fd00::/16", "10.0.0.7/24", "10.0.0.1"),
    "PORT": ("1", "15443", "65535"),
    "PORT_NAME": ("http", "http-web", "8080"),
    "REVISION": ("1-31-0", "canary", "prod_2"),
    "TRUST_DOMAIN": ("cluster.local", "td1", "Old.example.com", "example.com.", "a_b.c"),
    "CLUSTER": ("Kubernetes", "cluster1", "cn-project-zone-name", "team_a.eu"),
    "NETWORK": ("", "network1", "10.0.0.0-vpc"),
    "MESH": ("mesh1", "proj-1234567", "cluster.local"),
    "CONTEXT": ("cluster1", "arn:aws:eks:eu-north-1:123456789012:cluster/shop", "jo@prod", "docker desktop", "a'b"),
    "POD": ("istiod-7c9f.istio-system", "web.0.sample"),
    "SERVER": ("https://172.31.0.12:6443", "https://[fd00::1]:6443", "http://proxy:3128", "https://api.x.com/k8s/c/a"),
}
REFUSED = {
    "LABEL": ("", "-a", "a-", "A", "a.b", "a" * 64, "a\n", "ä"),
    "NAME": ("", "a..b", ".a", "a b", "a/b", "a" * 254),
    "SEGMENT": ("", ".", "..", "a/b", "a%b", "--all"),
    "LABEL_KEY": ("", "/a", "a/", "a/b/c", "A_/b", "-a"),
    "LABEL_VALUE": ("-a", "a b", "a" * 64, "a$(id)"),
    "DATA_KEY": ("", ".", "..", "a/b", "a b"),
    "HOST": ("", "a b", "**", "a.*", "x;id", "-a", "a\n.b", "$(id)", "a" * 256),
    "ADDRESS": ("", "10.0.0", "10.0.0.1/8", "fe80::1%$(id)", "host"),
    "RANGE": ("", "10.0.0.0/33", "all", "fe80::1%x/64"),
    "PORT": ("", "0", "65536", "-1", "80 ", "٣"),
    "PORT_NAME": ("", "-a", "http web"),
    "REVISION": ("", "-a", "a b", "a/b"),
    "TRUST_DOMAIN": ("", 'x]"; system("id"); print "', "-a", "a b", "a/b"),
    "CLUSTER": ("", ".", "..", "-a", "a b", "a/b", "1;e id"),
    "NETWORK": ("-a", "a b"),
    "MESH": ("", "a'b", "-a", "a b"),
    "CONTEXT": ("", "-a", "--all", "a\nb", "a\x1b[2J", "a\u202eb", " a", "x" * 1_025),
    "POD": ("", "a", "a.B", ".a", "a b.c", "--all.c"),
    "SERVER": ("", "file:///etc", "https://u:p@a", "https://a?b", "https://a#b", "https://a:99999", "https://a b", "a"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_accepted_somewhere_is_a_name(kind: str) -> None:
    assert [KINDS[kind].of(text) for text in ACCEPTED[kind]] == list(ACCEPTED[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_what_nobody_accepts_is_none(kind: str) -> None:
    assert [text for text in REFUSED[kind] if KINDS[kind].accepts(text)] == []


@pytest.mark.parametrize("value", ["s3cret value", 7, None, ["a"], b"a"])
def test_refusal_never_quotes_the_value(value: object) -> None:
    with pytest.raises(ParseError) as raised:
        names.LABEL.of(value)
    assert str(raised.value) == "expected a DNS-1123 label"


@given(st.text(max_size=80))
def test_no_name_is_an_option_or_holds_a_sign_that_hides_or_ends_anything(text: str) -> None:
    for title, kind in KINDS.items():
        if kind.accepts(text):
            assert text.isprintable(), title
            assert not text.startswith("-") or title == "DATA_KEY", title
            assert title == "CONTEXT" or not set(text) & set(" '\"`$;&|<>(){}\\!#?"), title
