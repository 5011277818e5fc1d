"""Healthy meshes of any size, made from a recorded one: what judging costs is measured on them."""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property

from kubectl_mcdiag.evidence.model import Failure, Invocation, Output, Snapshot
from tests.scenarios import FIXTURES, Scenario, snapshot

BASE = Scenario(FIXTURES / "1.31" / "healthy-multi-network")
SERVICE = "helloworld"


@dataclass
class Mesh:
    """A source that answers for `clusters` clusters with `services` more services of `endpoints` endpoints each.

    Contexts from `dead` on never answer. `asked` lists what was asked.
    """

    clusters: int = 2
    services: int = 0
    endpoints: int = 5
    dead: int = 0
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def contexts(self) -> tuple[str, ...]:
        """The names of the contexts."""
        return tuple(f"cluster{number}" for number in range(1, self.clusters + 1))

    @property
    def blank(self) -> Snapshot:
        """A snapshot in which nothing was asked yet."""
        whole = snapshot(BASE)
        return Snapshot(self.contexts, whole.taken_at, whole.settings)

    def run(self, invocation: Invocation, timeout: float) -> Output:
        """Answer as the recorded cluster does, for a cluster of this number."""
        del timeout
        self.asked.append(invocation.identity)
        number = self.contexts.index(invocation.context) + 1 if invocation.context else 0
        if number > self.clusters - self.dead:
            return Output(failure=Failure.TIMED_OUT)
        text = self._answer(invocation.command.key, number)
        return Output(stdout=text) if text is not None else Output(failure=Failure.NOT_RECORDED)

    def _answer(self, key: str, number: int) -> str | None:
        make = getattr(self, "_" + key.replace("-", "_"), None)
        base = self._base.get(key)
        if base is None:
            return None
        return make(base, number) if make else renumbered(base, number)

    @cached_property
    def _base(self) -> dict[str, str]:
        return {
            key: found.output.stdout
            for (key, context, _), found in snapshot(BASE).observations.items()
            if context in ("", "cluster1")
        }

    def _kubeconfig(self, base: str, number: int) -> str:
        del number
        config = json.loads(base)
        users = [{"name": f"admin@{name}", "user": {}} for name in self.contexts]
        named = [
            {"name": n, "context": {"cluster": n, "user": user["name"]}}
            for n, user in zip(self.contexts, users, strict=True)
        ]
        places = [{"name": n, "cluster": {"server": server(place)}} for place, n in enumerate(self.contexts, start=1)]
        return json.dumps({**config, "contexts": named, "clusters": places})

    def _resources(self, base: str, number: int) -> str:
        items = json.loads(renumbered(base, number))["items"]
        model = [i for i in items if i["kind"] in ("Service", "EndpointSlice") and _is_model(i)]
        made = [self._resource(item, place, number) for place in range(self.services) for item in model]
        return json.dumps({"items": items + made})

    def _resource(self, item: dict, place: int, number: int) -> dict:
        copy = json.loads(json.dumps(item).replace(SERVICE, name(place)))
        if copy["kind"] == "EndpointSlice":
            one = copy["endpoints"][0]
            copy["endpoints"] = [{**one, "addresses": [a]} for a in self._addresses(place, number)]
        return copy

    def _pods(self, base: str, number: int) -> str:
        lines = renumbered(base, number).split("\n")
        model = next(line for line in lines if f"\t{SERVICE}-v" in line)
        ip = re.search(r'"ip": *"([\d.]+)"', model)
        assert ip
        made = [
            re.sub(rf"\t{SERVICE}-(v\d)-\S+", f"\t{name(place)}-\\1-{number}-{each}", model)
            .replace(ip[1], address)
            .replace(f'"app": "{SERVICE}"', f'"app": "{name(place)}"')
            .replace(f'"app":"{SERVICE}"', f'"app":"{name(place)}"')
            for place in range(self.services)
            for each, address in enumerate(self._addresses(place, number))
        ]
        return "\n".join([*made, *lines])

    def _secrets(self, base: str, number: int) -> str:
        own, made = [], []
        for line in renumbered(base, number).split("\n"):
            (made if "istio/multiCluster" in line else own).append(line)
        (model,) = made
        known = 1 if number == 2 else 2
        for peer in self._peers(number):
            text = re.sub(rf"cluster{known}\b", f"cluster{peer}", model)
            own.insert(0, text.replace(server(2), server(peer)))
        return "\n".join(own)

    def _clusterz(self, base: str, number: int) -> str:
        del base
        return json.dumps(
            [
                {
                    "id": name,
                    "secretName": "" if place == number else f"istio-system/istio-remote-secret-{name}",
                    "syncStatus": "synced",
                }
                for place, name in enumerate(self.contexts, start=1)
            ]
        )

    def _networkz(self, base: str, number: int) -> str:
        del number
        one = json.loads(base)[0]
        return json.dumps(
            [
                {**one, "Network": f"network{place}", "Cluster": name, "Addr": gateway(place)}
                for place, name in enumerate(self.contexts, start=1)
            ]
        )

    def _endpoint_shards(self, base: str, number: int) -> str:
        del number
        found = json.loads(base)
        made = {
            host: {ns: {"Shards": self._shards(host, shards)} for ns, shards in entry.items()}
            for host, entry in found.items()
        }
        model = found[f"{SERVICE}.sample.svc.cluster.local"]["sample"]["Shards"]["Kubernetes/cluster1"][0]
        for place in range(self.services):
            shards = {
                f"Kubernetes/{context}": [
                    {**model, "Addresses": [address], "Network": f"network{number}"}
                    for address in self._addresses(place, number)
                ]
                for number, context in enumerate(self.contexts, start=1)
            }
            made[f"{name(place)}.sample.svc.cluster.local"] = {"sample": {"Shards": shards}}
        return json.dumps(made)

    def _shards(self, host: str, shards: dict) -> dict:
        del host
        own = shards["Shards"].get("Kubernetes/cluster1", [])
        return {
            f"Kubernetes/{context}": json.loads(renumbered(json.dumps(own), number))
            for number, context in enumerate(self.contexts, start=1)
        }

    def _proxy_endpoints(self, base: str, number: int) -> str:
        clusters = [self._given(each, number) for each in json.loads(renumbered(base, number))]
        model = next(each for each in clusters if f"||{SERVICE}." in each["name"])
        for place in range(self.services):
            first = model["hostStatuses"][0]
            hosts = [_at(first, address, 5000) for address in self._addresses(place, number)]
            hosts += [_at(first, gateway(peer), 15443) for peer in self._peers(number)]
            clusters.append({"name": model["name"].replace(SERVICE, name(place)), "hostStatuses": hosts})
        return json.dumps(clusters)

    def _given(self, cluster: dict, number: int) -> dict:
        hosts = cluster["hostStatuses"]
        own = [h for h in hosts if h["address"]["socketAddress"]["portValue"] != 15443]
        far = [h for h in hosts if h["address"]["socketAddress"]["portValue"] == 15443]
        return {
            **cluster,
            "hostStatuses": own + [_at(far[0], gateway(peer), 15443) for peer in self._peers(number) if far],
        }

    def _peers(self, number: int) -> list[int]:
        return [peer for peer in range(1, self.clusters + 1) if peer != number]

    def _addresses(self, place: int, number: int) -> list[str]:
        first = place * self.endpoints
        return [
            f"10.{9 + number}.{1 + (first + e) // 250 % 250}.{1 + (first + e) % 250}" for e in range(self.endpoints)
        ]


def renumbered(text: str, number: int) -> str:
    """Return what cluster1 says as the cluster of this number would say it."""
    if number in (0, 1):
        return text
    swap = {f"cluster{number}": "cluster1", "cluster1": f"cluster{number}"}
    text = re.sub(r"cluster\d+\b", lambda found: swap.get(found[0], found[0]), text)
    text = text.replace("network1", f"network{number}").replace("10.10.", f"10.{9 + number}.")
    text = re.sub(r"(-[0-9a-f]{8,10}-[a-z0-9]{3})[a-z0-9]{2}\b", rf"\g<1>{number:02}", text)
    return text.replace(gateway(1), gateway(number)).replace("region1", f"region{number}")


def name(place: int) -> str:
    """Return the name of a made service."""
    return f"made-{place}"


def server(number: int) -> str:
    """Return the URL of a cluster's API server."""
    return f"https://172.31.{number // 100}.{10 + number % 100}:6443"


def gateway(number: int) -> str:
    """Return the address of a cluster's east-west gateway."""
    return "172.31.0.41" if number == 1 else f"172.31.{10 + number // 100}.{100 + number % 100}"


def _at(host: dict, address: str, port: int) -> dict:
    return {**host, "address": {"socketAddress": {"address": address, "portValue": port}}}


def _is_model(item: dict) -> bool:
    meta = item["metadata"]
    return meta.get("namespace") == "sample" and meta["name"].startswith(SERVICE)
