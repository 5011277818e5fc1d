r"""Secrets of the system namespace: names and labels of all, public parts of a few, never a key or a token.

A go-template prints a line each; the data of all other secrets never leaves the API server's answer. The last column
are the times at which something wrote to it:

    cacerts⇥Opaque⇥2026-11-23T20:00:00Z⇥⇥⇥ca-cert.pem:LS0t… ca-key.pem: root-cert.pem:LS0t… ⇥2026-11-23T20:00:00Z
    istio-remote-secret-cluster2⇥Opaque⇥2026-…⇥istio/multiCluster=true ⇥…cluster=cluster2 ⇥cluster2:YXBp…⇥2026-…

`redact` turns that into JSON lines in which a kubeconfig has become its server, CA, kind of authentication and
the claims of its token. Only those lines are stored and parsed.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.names import CLUSTER, DATA_KEY, LABEL_VALUE, NAME, Kind
from kubectl_mcdiag.evidence.parsers import certificates, signatures
from kubectl_mcdiag.evidence.parsers.kubernetes import remote_kubeconfig
from kubectl_mcdiag.evidence.parsers.kubernetes.remote_kubeconfig import RemoteKubeconfig
from kubectl_mcdiag.evidence.parsers.shapes import decoded, load_json, mapping, sequence, text, texts
from kubectl_mcdiag.evidence.redaction import WORD, Each, kept, named

LABEL = "istio/multiCluster"
ANNOTATION = "networking.istio.io/cluster"
PREFIX = "istio-remote-secret-"
LISTS = "ca-crl.pem"
TIME = Kind("a time", lambda value: re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value) is not None)
PUBLIC = ("ca-cert.pem", "cert-chain.pem", "root-cert.pem", "tls.crt", "ca.crt", LISTS)
AUTHORITIES = ("cacerts", "istio-ca-secret")

_IS_REMOTE = (
    "{{$remote := false}}"
    '{{range $k, $v := .metadata.labels}}{{if eq $k "istio/multiCluster"}}{{$remote = true}}{{end}}{{end}}'
    '{{range $k, $v := .metadata.annotations}}{{if eq $k "networking.istio.io/cluster"}}'
    "{{$remote = true}}{{end}}{{end}}"
    '{{if ge (len .metadata.name) 20}}{{if eq (slice .metadata.name 0 20) "istio-remote-secret-"}}'
    "{{$remote = true}}{{end}}{{end}}"
)
_IS_CA = '{{$ca := or (eq .metadata.name "cacerts") (eq .metadata.name "istio-ca-secret")}}'
_IS_PUBLIC = " ".join(f'(eq $k "{key}")' for key in PUBLIC)
_DATA = (
    "{{range $k, $v := .data}}{{$k}}:"
    f"{{{{if or $remote (and $ca (or {_IS_PUBLIC}))}}}}{{{{$v}}}}{{{{end}}}} "
    "{{end}}"
)
TEMPLATE = (
    "{{range .items}}"
    + _IS_REMOTE
    + _IS_CA
    + '{{.metadata.name}}{{"\\t"}}{{.type}}{{"\\t"}}{{.metadata.creationTimestamp}}{{"\\t"}}'
    + '{{range $k, $v := .metadata.labels}}{{$k}}={{$v}} {{end}}{{"\\t"}}'
    + '{{range $k, $v := .metadata.annotations}}{{if eq $k "networking.istio.io/cluster"}}'
    + '{{$k}}={{$v}} {{end}}{{end}}{{"\\t"}}'
    + _DATA
    + '{{"\\t"}}{{range .metadata.managedFields}}{{.time}} {{end}}{{"\\n"}}{{end}}'
)


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret: its keys, and of those that carry trust or a kubeconfig the public part.

    `changed`: when it was last written to, as far as the API server tells; never before it was made.
    """

    name: str
    type: str
    created: str
    labels: dict[str, str]
    annotations: dict[str, str]
    keys: tuple[str, ...]
    certificates: dict[str, str]
    kubeconfigs: dict[str, RemoteKubeconfig]
    changed: str = ""

    @property
    def is_labelled(self) -> bool:
        """Whether istiod looks at it as a remote secret."""
        return self.labels.get(LABEL) == "true"


def redact(output: str) -> str:
    """Return JSON lines without any key, token or password."""
    lines = (line for line in output.splitlines() if line)
    # What was stored once is read again where a recording is cleaned.
    return "".join(json.dumps((_again if line[0] == "{" else _redacted)(line), sort_keys=True) + "\n" for line in lines)


def _again(line: str) -> dict[str, Any]:
    entry: dict[str, Any] = kept(_STORED, load_json(line))
    NAME.of(entry.get("name"))
    certificates_ = {key: _public(key, value) for key, value in texts(entry.get("certificates")).items()}
    return {**entry, **({"certificates": certificates_} if certificates_ else {})}


def _redacted(line: str) -> dict[str, Any]:
    cells = line.split("\t")
    if len(cells) != 7:
        raise ParseError(f"expected 7 columns, got {len(cells)}")
    name, kind, created, labels, annotations, data, written = cells
    name = NAME.of(name)
    values = dict(entry.split(":", 1) for entry in data.split(" ") if ":" in entry)
    authority = name in AUTHORITIES
    marks, notes = _pairs(labels), _pairs(annotations)
    remote = LABEL in marks or ANNOTATION in notes or name.startswith(PREFIX)
    if not (authority or remote):
        # Of any other secret only its name is read: of those that a token names, whether they are there.
        return {"name": name}
    return {
        "name": name,
        "type": named(WORD, kind),
        "created": named(TIME, created),
        "changed": max(filter(TIME.accepts, [created, *written.split()]), default=""),
        "labels": kept(Each(LABEL_VALUE), marks),
        "annotations": kept({ANNOTATION: CLUSTER}, notes),
        "keys": sorted(filter(DATA_KEY.accepts, values)),
        "certificates": {k: _public(k, decoded(v)) for k, v in values.items() if authority and k in PUBLIC and v},
        "kubeconfigs": {k: remote_kubeconfig.redact(v) for k, v in values.items() if remote and DATA_KEY.accepts(k)},
    }


def _public(key: str, value: str) -> str:
    return signatures.redact(value) if key == LISTS else certificates.redact(value)


_STORED: dict[str, Any] = {
    "name": NAME,
    "type": WORD,
    "created": TIME,
    "changed": TIME,
    "labels": Each(LABEL_VALUE),
    "annotations": {ANNOTATION: CLUSTER},
    "keys": [DATA_KEY],
    "certificates": Each(text, DATA_KEY),
    "kubeconfigs": Each(remote_kubeconfig.STORED, DATA_KEY),
}


def _pairs(cell: str) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in cell.split(" ") if "=" in entry)


def parse(output: str) -> tuple[Secret, ...]:
    """Return the secrets of the redacted JSON lines."""
    return tuple(_secret(mapping(load_json(line))) for line in output.splitlines() if line)


def _secret(entry: dict[str, Any]) -> Secret:
    return Secret(
        name=text(entry.get("name")),
        type=text(entry.get("type")),
        created=text(entry.get("created")),
        labels=texts(entry.get("labels")),
        annotations=texts(entry.get("annotations")),
        keys=tuple(text(key) for key in sequence(entry.get("keys"))),
        certificates=texts(entry.get("certificates")),
        kubeconfigs={k: remote_kubeconfig.parse(mapping(v)) for k, v in mapping(entry.get("kubeconfigs")).items()},
        changed=text(entry.get("changed")) or text(entry.get("created")),
    )
