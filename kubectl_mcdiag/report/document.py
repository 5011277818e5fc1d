"""The report as a document of plain dicts and lists: the one writer behind `-o json` and `-o yaml`.

Its form is published in `report.schema.json`. An unknown value and a scope that is not narrowed are null.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from kubectl_mcdiag import __version__
from kubectl_mcdiag.checks.contract import Check, Evidence, Finding
from kubectl_mcdiag.checks.steps import Step
from kubectl_mcdiag.mesh.model import ClusterSummary, GatewayAddress, Istiod, Pair
from kubectl_mcdiag.path.trace import Path
from kubectl_mcdiag.report.references import section, url
from kubectl_mcdiag.report.words import marked
from kubectl_mcdiag.verdict.model import Fetched, Ignored, PairVerdict, Report, Result, RootCause, Unknown

Value: TypeAlias = "str | int | float | Sequence[Value] | Mapping[str, Value] | None"
Document: TypeAlias = dict[str, Value]

SCHEMA_VERSION = 1


def document(report: Report) -> Document:
    """Return the report as plain values, in the order in which a reader wants them."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": {"name": "kubectl-mcdiag", "version": __version__},
        "takenAt": _instant(report.taken_at),
        "source": "recording" if report.is_replayed else "clusters",
        "status": report.status.value,
        "clusters": [_cluster(each) for each in report.clusters],
        "members": [*report.members],
        "services": [*report.services],
        "pairs": [_pair_verdict(each) for each in report.pairs],
        "rootCauses": [_root_cause(each) for each in report.root_causes],
        "notes": [_finding(each.check, each.finding) for each in report.notes],
        "ignored": [_ignored(each) for each in report.ignored],
        "remarks": [*report.remarks],
        "leftOut": [*report.left_out],
        "results": [_result(each) for each in report.results],
        "fetched": _fetched(report.fetched),
        "unknown": [_unknown(each) for each in report.unknowns],
    }


def _instant(moment: datetime) -> str:
    """Return RFC 3339 in UTC; a moment without a zone is taken as UTC."""
    utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return utc.isoformat(timespec="seconds").replace("+00:00", "Z")


def _cluster(cluster: ClusterSummary) -> Document:
    return {
        "context": cluster.context,
        "clusterId": cluster.cluster_id or None,
        "network": cluster.network or None,
        "role": cluster.role or None,
        "istiods": [_istiod(each) for each in cluster.istiods],
        "trustDomain": cluster.trust_domain or None,
        "roots": [*cluster.roots],
        "gateways": [_gateway(each) for each in cluster.gateways],
        "clients": [*cluster.clients],
        "unknown": [*cluster.unknown],
    }


def _istiod(istiod: Istiod) -> Document:
    return {"name": istiod.name, "version": istiod.version or None, "revision": istiod.revision or None}


def _gateway(gateway: GatewayAddress) -> Document:
    return {"service": gateway.service, "addresses": [*gateway.addresses], "port": gateway.port}


def _pair(pair: Pair) -> Document:
    return {"from": pair.source, "to": pair.destination}


def _pair_verdict(each: PairVerdict) -> Document:
    return {
        **_pair(each.pair),
        "verdict": each.status.value,
        "services": len(each.services),
        "failing": [*each.failing],
        "local": [*each.local],
        "rootCauses": [*each.root_causes],
        "ignored": each.ignored,
    }


def _root_cause(cause: RootCause) -> Document:
    consequences = [
        {**_finding(each.check, each.finding), "alsoExplainedBy": [*each.others]} for each in cause.consequences
    ]
    return {**_finding(cause.check, cause.finding), "path": _path(cause.path), "consequences": consequences}


def _path(path: Path | None) -> Document | None:
    if path is None:
        return None
    call = path.call
    hops = [{"hop": h.kind.value, "state": h.state.value, "reason": path.words(h) or None} for h in path.hops]
    return {**_pair(call.pair), "client": call.client, "service": call.service, "port": call.port, "hops": hops}


def _ignored(each: Ignored) -> Document:
    return {"reason": each.reason, "until": each.until.isoformat(), "rootCause": _root_cause(each.cause)}


def _finding(check: Check, finding: Finding) -> Document:
    scope = finding.scope
    return {
        "code": check.code,
        "title": check.title,
        "status": finding.status.value,
        "clusters": [*scope.clusters],
        "pairs": [_pair(each) for each in scope.pairs],
        "service": scope.service or ", ".join(scope.services) or None,
        "network": scope.network or None,
        "istiod": scope.istiod or None,
        "workload": scope.workload or None,
        "problem": finding.headline,
        "detail": str(finding.detail) or None,
        "advice": str(finding.advice) or None,
        "evidence": [_evidence(each) for each in finding.evidence],
        "fix": [_step(each) for each in finding.fix],
        "guide": section(check),
        "url": url(check),
    }


def _evidence(evidence: Evidence) -> Document:
    return {"context": evidence.context, "command": evidence.command, "excerpt": evidence.excerpt}


def _step(step: Step) -> Document:
    return {"marks": [*marked(step)], "command": step.command, "why": str(step.why)}


def _result(result: Result) -> Document:
    return {
        "code": result.check.code,
        "title": result.check.title,
        "status": result.status.value,
        "reason": result.reason or None,
    }


def _fetched(fetched: Fetched) -> Document:
    return {"commands": fetched.commands, "bytes": fetched.size, "seconds": round(fetched.seconds, 1)}


def _unknown(unknown: Unknown) -> Document:
    return {
        "reason": unknown.reason,
        "clusters": [*unknown.clusters],
        "pairs": [_pair(each) for each in unknown.pairs],
        "codes": [*unknown.codes],
        "command": unknown.command or None,
    }
