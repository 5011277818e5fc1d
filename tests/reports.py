"""Invented reports for the renderers; what a real mesh gives stands in the scenarios."""

from dataclasses import replace
from datetime import UTC, date, datetime

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.steps import Action, Step
from kubectl_mcdiag.evidence.shell import Input, Joined, shell
from kubectl_mcdiag.mesh.model import ClusterSummary, GatewayAddress, Istiod, Pair, Status
from kubectl_mcdiag.verdict.model import (
    Consequence,
    Ignored,
    PairVerdict,
    Report,
    Result,
    RootCause,
    Run,
    UnitResult,
    Unknown,
)

CA_DIR = Input("CA_DIR", "the folder with the CA of cluster2")
CA_FILES = ("ca-cert.pem", "ca-key.pem", "root-cert.pem", "cert-chain.pem")
TAKEN_AT = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
ROOT = "4F:1C:9A:07:" + ":".join(f"{byte:02X}" for byte in range(28))
OTHER_ROOT = "9A:07:33:B2:" + ":".join(f"{byte:02X}" for byte in range(28))
AB = Pair("cluster1", "cluster2")
BA = Pair("cluster2", "cluster1")


def check(code: str, title: str, unit: Unit = Unit.PAIR, guide: str = "") -> Check:
    return Check(code=code, title=title, unit=unit, run=lambda: (), guide=guide)


READABLE = check("MC101", "every cluster answers and may be read", Unit.CLUSTER)
SAME_ROOT = check("MC201", "all clusters trust the same root", guide="Trust configuration")
SECRET = check("MC301", "every primary holds a remote secret of every other cluster", guide="Cross-cluster endpoints")
SYNCED = check("MC305", "every istiod pod has synced every remote cluster", Unit.CLUSTER)
GATEWAY = check("MC401", "every east-west gateway has an address", Unit.CLUSTER, "East-west gateway")
LABELLED = check("MC405", "every workload names its cluster's network", Unit.CLUSTER)
ENDPOINTS = check("MC501", "clients know the endpoints of every cluster")
LOCALITY = check("MC605", "no locality policy keeps calls in one cluster", Unit.MESH)
AMBIENT = check("MC801", "every ztunnel runs", Unit.CLUSTER)
CHECKS = (READABLE, SAME_ROOT, SECRET, SYNCED, GATEWAY, LABELLED, ENDPOINTS, LOCALITY, AMBIENT)


def cluster(number: int, **changed: object) -> ClusterSummary:
    fields: dict[str, object] = {
        "context": f"cluster{number}",
        "cluster_id": f"cluster{number}",
        "network": f"network{number}",
        "role": "primary",
        "istiods": (Istiod(f"istiod-6b7d8c9f5-abcd{number}", "1.31.0", "default"),),
        "trust_domain": "cluster.local",
        "roots": (ROOT,),
        "gateways": (GatewayAddress("istio-eastwestgateway.istio-system", (f"172.18.{number}.200",), 15443),),
        "clients": (f"sleep-5577c64d7c-xyz0{number}.sample",),
    }
    return ClusterSummary(**{**fields, **changed})  # type: ignore[arg-type]


def results(skipped: str = "no cluster runs ambient", **changed: Status) -> tuple[Result, ...]:
    """Return a result for each check: skip for the ambient one, pass for the others where nothing is said."""
    statuses = {each.code: changed.get(each.code, Status.PASS) for each in CHECKS} | {"MC801": Status.SKIP}
    reasons = {Status.SKIP: skipped, Status.UNKNOWN: "cluster3 did not answer"}
    return tuple(Result(each, statuses[each.code], reasons.get(statuses[each.code], "")) for each in CHECKS)


def with_units(result: Result, *units: UnitResult) -> Result:
    return Result(result.check, result.status, result.reason, units)


def verdicts(**by_ends: tuple[Status, tuple[str, ...]]) -> tuple[PairVerdict, ...]:
    """Return verdicts from keywords such as `c1_c2=(Status.FAIL, ("MC301",))`."""
    found = []
    for ends, (status, codes) in by_ends.items():
        source, destination = (f"cluster{end[1:]}" for end in ends.split("_"))
        found.append(PairVerdict(Pair(source, destination), status, codes))
    return tuple(found)


OK = (Status.PASS, ())


def healthy() -> Report:
    return Report(
        taken_at=TAKEN_AT,
        status=Status.PASS,
        clusters=(cluster(1), cluster(2)),
        members=(),
        services=("helloworld.sample",),
        pairs=verdicts(c1_c2=OK, c2_c1=OK),
        root_causes=(),
        notes=(),
        results=results(),
        unknowns=(),
        runs=(Run("cluster1", "kubectl --context=cluster1 get namespaces -o json", 0.08),),
    )


SECRET_MISSING = Finding(
    status=Status.FAIL,
    scope=Scope(clusters=("cluster1",), pairs=(AB,)),
    problem="cluster1 holds no remote secret for cluster2: no Secret labelled istio/multiCluster=true in "
    "istio-system has the key cluster2, so istiod-6b7d8c9f5-abcd1 never learns the endpoints of cluster2 "
    "and every call from cluster1 stays in cluster1.",
    evidence=(
        Evidence(
            "cluster1",
            "kubectl --context=cluster1 -n istio-system get secrets -l istio/multiCluster=true",
            "No resources found in istio-system namespace.",
        ),
        Evidence(
            "cluster1",
            "istioctl --context=cluster1 remote-clusters",
            "NAME         SECRET     STATUS     ISTIOD\ncluster1                synced     istiod-6b7d8c9f5-abcd1",
        ),
    ),
    fix=(
        Step(
            Action.CREATE_REMOTE_SECRET,
            "cluster1",
            shell("istioctl", "create-remote-secret", "--context=cluster2", "--name=cluster2").piped(
                "kubectl", "apply", "-f", "-", "--context=cluster1"
            ),
            say("give cluster1's istiod a credential for cluster2's API server"),
        ),
        Step(
            Action.RESTART,
            "cluster1",
            shell("kubectl", "--context=cluster1", "-n", "istio-system", "rollout", "restart", "deployment/istiod"),
            say("only if istiod does not show cluster2 as synced a minute later"),
        ),
    ),
)


def no_endpoints(service: str, pair: Pair = AB) -> Consequence:
    scope = Scope(pairs=(pair,), service=service)
    problem = f"clients in {pair.source} know 0 of 1 endpoints of {service} in {pair.destination}"
    evidence = Evidence(
        pair.source,
        f"istioctl --context={pair.source} proxy-config endpoint sleep-5577c64d7c-xyz01.sample -o json",
        "",
    )
    return Consequence(ENDPOINTS, Finding(Status.FAIL, scope, problem, (evidence,)))


def one_cause() -> Report:
    """Return a mesh where cluster1 lacks cluster2's secret and five services follow from it."""
    unsynced = Finding(
        Status.FAIL,
        Scope(clusters=("cluster1",), pairs=(AB,), istiod="istiod-6b7d8c9f5-abcd1"),
        "istiod-6b7d8c9f5-abcd1 in cluster1 lists cluster1 alone, so it has not synced cluster2",
        (),
    )
    follow = (Consequence(SYNCED, unsynced), *(no_endpoints(f"hello{n}.sample") for n in range(1, 6)))
    secret, synced = (
        (
            UnitResult(AB, Status.FAIL),
            UnitResult(BA, Status.PASS),
        ),
        (
            UnitResult("cluster1", Status.FAIL),
            UnitResult("cluster2", Status.PASS),
        ),
    )
    units = {"MC301": secret, "MC305": synced}
    found = results(MC301=Status.FAIL, MC305=Status.FAIL, MC501=Status.FAIL)
    return Report(
        taken_at=TAKEN_AT,
        status=Status.FAIL,
        clusters=(cluster(1), cluster(2)),
        members=(),
        services=tuple(f"hello{n}.sample" for n in range(1, 6)),
        pairs=verdicts(c1_c2=(Status.FAIL, ("MC301",)), c2_c1=OK),
        root_causes=(RootCause(SECRET, SECRET_MISSING, follow),),
        notes=(),
        results=tuple(with_units(each, *units.get(each.check.code, ())) for each in found),
        unknowns=(),
        runs=(
            Run("cluster1", "kubectl --context=cluster1 get namespaces -o json", 0.08),
            Run("cluster2", "istioctl --context=cluster2 version -o json", 0.0, "tool missing"),
        ),
    )


ROOTS_DIFFER = Finding(
    status=Status.FAIL,
    scope=Scope(clusters=("cluster1", "cluster2"), pairs=(AB, BA, Pair("cluster3", "cluster2"))),
    problem="cluster2's root certificate (SHA-256 9A:07:33:B2…) differs from cluster1's (4F:1C:9A:07…), "
    "so each side refuses the other's certificate.\n"
    "cluster2 signs with its own self-signed CA: istio-system holds no Secret cacerts.",
    evidence=(
        Evidence(
            "cluster2",
            "kubectl --context=cluster2 -n istio-system get configmap istio-ca-root-cert -o yaml",
            "\n".join(f"line {n} of a long excerpt" for n in range(1, 16)),
        ),
    ),
    fix=(
        Step(
            Action.PLUG_IN_CA,
            "cluster2",
            shell(
                *("kubectl", "--context=cluster2", "-n", "istio-system", "create", "secret", "generic", "cacerts"),
                *(Joined((f"--from-file={name}=", CA_DIR, f"/{name}")) for name in CA_FILES),
            ),
            say("CA_DIR is the folder with the intermediate CA that your root has signed for cluster2"),
        ),
        Step(
            Action.RESTART,
            "cluster2",
            shell("kubectl", "--context=cluster2", "-n", "istio-system", "rollout", "restart", "deployment/istiod"),
            say("istiod and then every workload must take the new certificates"),
        ),
    ),
)

NO_ADDRESS = Finding(
    status=Status.FAIL,
    scope=Scope(clusters=("cluster3",), pairs=(Pair("cluster1", "cluster3"),), network="network2"),
    problem="istio-eastwestgateway.istio-system in cluster3 is of type LoadBalancer and has no address yet",
    evidence=(Evidence("", "kubectl --context=cluster3 -n istio-system get service", ""),),
)

UNLABELLED = Finding(
    status=Status.WARN,
    scope=Scope(clusters=("cluster1",), workload="legacy-7d9.sample"),
    problem="legacy-7d9.sample carries topology.istio.io/network=network9, which no gateway serves",
    evidence=(),
    fix=(
        Step(
            Action.LABEL,
            "cluster1",
            shell(
                *("kubectl", "--context=cluster1", "-n", "sample", "label", "pod", "legacy-7d9"),
                "topology.istio.io/network-",
            ),
            say("let the pod take the network of its cluster"),
        ),
    ),
)


def local_by_design(service: str) -> Consequence:
    problem = f"DestinationRule {service} prefers the caller's own region: answers from there alone are meant"
    evidence = Evidence("cluster1", f"kubectl --context=cluster1 -n sample get destinationrule {service} -o yaml", "")
    finding = Finding(Status.NOTE, Scope(service=f"{service}.sample"), problem, (evidence,))
    return Consequence(LOCALITY, finding)


def three_clusters() -> Report:
    """Return a mesh with two causes, a warning, notes, a cluster half dark and a member without a context."""
    dark = ClusterSummary("cluster3", "", "network2", "", (), "", (), (), (), ("istiods", "gateways"))
    half = cluster(2, roots=(OTHER_ROOT, ROOT), gateways=(), clients=(), unknown=("clients",))
    pending = GatewayAddress("istio-eastwestgateway.istio-system", (), 15443)
    hosted = GatewayAddress("eastwest.istio-gateways", ("fd00::1", "ew.example.com"), 15443)
    follow = (no_endpoints("hello.sample", Pair("cluster1", "cluster3")),)
    fail_both = (Status.FAIL, ("MC201", "MC401"))
    unreachable = Unknown(
        reason="the API server https://10.0.3.1:6443 did not answer within 10 s",
        clusters=("cluster3",),
        pairs=(Pair("cluster3", "cluster1"),),
        codes=("MC101", "MC305"),
        command="kubectl --context=cluster3 get namespaces --request-timeout=10s",
    )
    found = results(
        MC101=Status.UNKNOWN,
        MC201=Status.FAIL,
        MC305=Status.UNKNOWN,
        MC401=Status.FAIL,
        MC405=Status.WARN,
        MC501=Status.FAIL,
        MC605=Status.NOTE,
    )
    units = {
        "MC101": (
            UnitResult("cluster1", Status.PASS),
            UnitResult("cluster2", Status.PASS),
            UnitResult("cluster3", Status.UNKNOWN, "the API server did not answer within 10 s"),
        ),
        "MC405": (UnitResult("cluster1", Status.WARN), UnitResult("cluster2", Status.SKIP, "one network")),
        "MC605": (UnitResult(None, Status.NOTE),),
    }
    return Report(
        taken_at=TAKEN_AT,
        status=Status.FAIL,
        clusters=(cluster(1, gateways=(hosted, pending)), half, dark),
        members=("cluster4",),
        services=tuple(f"service{n}.sample" for n in range(1, 13)),
        pairs=verdicts(
            c1_c2=(Status.FAIL, ("MC201",)),
            c1_c3=fail_both,
            c2_c1=(Status.FAIL, ("MC201",)),
            c2_c3=(Status.WARN, ()),
            c3_c1=(Status.UNKNOWN, ()),
            c3_c2=(Status.FAIL, ("MC201",)),
        ),
        root_causes=(
            RootCause(SAME_ROOT, ROOTS_DIFFER),
            RootCause(GATEWAY, NO_ADDRESS, follow),
            RootCause(LABELLED, UNLABELLED),
        ),
        notes=tuple(local_by_design(f"service{n}") for n in range(1, 6)),
        results=tuple(with_units(each, *units.get(each.check.code, ())) for each in found),
        unknowns=(unreachable, Unknown("istioctl is not installed, and no fallback exists", (), (), ())),
    )


EVIL = "evil\x1b]0;owned\x07\x1b[2J\u202e<script>alert(1)</script>`|'\"&@\r\nFAKE ok\x9b31m"


def hostile() -> Report:
    """Return a report whose every text from a cluster tries to break out of its format."""
    pair = Pair(EVIL, "cluster2")
    scope = Scope((EVIL,), (pair,), EVIL, EVIL, EVIL, EVIL)
    fence = f"```\n</pre>]]>{EVIL}\n\ttabbed\r\n# heading\n"
    # A command with control characters is never printed: verdict.judge takes it out.
    step = Step(Action.SHOW, EVIL, shell("```</pre>]]><script>alert(1)</script>`|'\"&@ # heading"), say(EVIL))
    finding = Finding(Status.FAIL, scope, fence, (Evidence(EVIL, fence, fence),), (step,))
    follow = Consequence(ENDPOINTS, finding)
    return Report(
        taken_at=TAKEN_AT,
        status=Status.FAIL,
        clusters=(
            ClusterSummary(
                EVIL,
                EVIL,
                EVIL,
                EVIL,
                (Istiod(EVIL, EVIL, EVIL),),
                EVIL,
                (EVIL,),
                (GatewayAddress(EVIL, (EVIL,), 1),),
                (EVIL,),
            ),
            cluster(2),
        ),
        members=(EVIL,),
        services=(EVIL,),
        pairs=(PairVerdict(pair, Status.FAIL, ("MC301",)),),
        root_causes=(RootCause(SECRET, finding, (follow,)),),
        notes=(follow,),
        results=(Result(SECRET, Status.UNKNOWN, EVIL, (UnitResult(EVIL, Status.UNKNOWN, EVIL),)),),
        unknowns=(Unknown(EVIL, (EVIL,), (pair,), ("MC301",), fence),),
        runs=(Run(EVIL, fence, 1.0, EVIL),),
    )


def nothing() -> Report:
    """Return a report of nothing at all, at a moment without a time zone."""
    return Report(datetime(2026, 3, 14, 15, 9, 26), Status.UNKNOWN, (), (), (), (), (), (), (), ())


def five_clusters() -> Report:
    """Return a mesh of five clusters with long names, where one thing is fragile."""
    regions = ("europe-west1", "europe-west4", "us-central1", "us-east4", "asia-northeast1")
    contexts = [f"gke_acme-production_{region}_mesh-{n}" for n, region in enumerate(regions, start=1)]
    pods = tuple(Istiod(f"istiod-1-31-0-7f6c5d4b3a-{x}{x}{x}{x}{x}", "1.31.0", "1-31-0") for x in "ab")
    clusters = tuple(
        cluster(n, context=context, cluster_id=f"mesh-{n}", network=f"vpc-{regions[n - 1]}", istiods=pods)
        for n, context in enumerate(contexts, start=1)
    )
    pairs = [Pair(source, to) for source in contexts for to in contexts if source != to]
    fragile = replace(UNLABELLED, scope=Scope(clusters=tuple(contexts), pairs=tuple(pairs)), evidence=(), fix=())
    check_of_many_words = replace(
        LABELLED,
        title="every workload names its cluster's network, and that of no "
        "other cluster, in the label that istiod reads from its pod",
    )
    return Report(
        taken_at=TAKEN_AT,
        status=Status.WARN,
        clusters=clusters,
        members=(),
        services=(),
        pairs=tuple(PairVerdict(pair, Status.WARN if pair is pairs[0] else Status.PASS) for pair in pairs),
        root_causes=(RootCause(check_of_many_words, fragile),),
        notes=(),
        results=results(MC405=Status.WARN),
        unknowns=(),
    )


def one_cluster() -> Report:
    """Return what one context alone gives: its own side judged, the pairs unknown, the member named."""
    away = Unknown("cluster2 is a member and no context was given for it", ("cluster1",), (AB, BA), ())
    return Report(
        taken_at=TAKEN_AT,
        status=Status.UNKNOWN,
        clusters=(cluster(1, network=""),),
        members=("cluster2",),
        services=(),
        pairs=verdicts(c1_c2=(Status.UNKNOWN, ()), c2_c1=(Status.UNKNOWN, ())),
        root_causes=(),
        notes=(local_by_design("hello"),),
        results=results(MC301=Status.UNKNOWN),
        unknowns=(away,),
    )


def ignored() -> Report:
    """Return a report whose one root cause is ignored, and with an entry that matches nothing."""
    report = one_cause()
    return replace(
        report,
        status=Status.PASS,
        root_causes=(),
        pairs=tuple(replace(each, root_causes=(), ignored=bool(each.root_causes)) for each in report.pairs),
        ignored=tuple(
            Ignored(each, "west is being rebuilt, OPS-123", date(2026, 3, 31)) for each in report.root_causes
        ),
        remarks=("the ignore entry for MC405, 'old', matches nothing that was found; take it out of the file",),
    )


REPORTS = {
    "ignored": ignored,
    "five-clusters": five_clusters,
    "one-cluster": one_cluster,
    "healthy": healthy,
    "one-cause": one_cause,
    "three-clusters": three_clusters,
    "hostile": hostile,
    "nothing": nothing,
}
