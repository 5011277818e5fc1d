"""The cloud as a process: it follows every cluster and carries out the plan whenever something changes.

It runs in the outer namespace, where the clusters' API servers and the bridge between them are.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from pathlib import Path
from threading import Lock, Thread

from lab.cloud.api import HEADLESS_SLICES, SERVICES, Collection, Object, follow, set_ingress
from lab.cloud.plan import Forward, Seen, forwards, hosts, node_addresses, statuses
from lab.clusters.cluster import Cluster, outside
from lab.clusters.node import dns_pid_file, hosts_file
from lab.places import HERE, RUN
from lab.processes import LabError, run, start

LOG = RUN / "cloud.log"
RETRY_SECONDS = 1.0
log = logging.getLogger(__name__)


def start_cloud(clusters: Iterable[Cluster]) -> None:
    """Start the cloud for these clusters."""
    members = tuple(clusters)
    path, domain = f"PYTHONPATH={HERE.parent}", f"--domain={members[0].dns_domain}"
    numbers = (str(cluster.number) for cluster in members)
    start(outside("env", path, sys.executable, "-m", "lab", "serve-cloud", domain, *numbers), LOG)


def serve(clusters: tuple[Cluster, ...]) -> None:
    """Serve these clusters until the process is killed."""
    cloud = Cloud({cluster: Seen(cluster) for cluster in clusters})
    threads = [
        Thread(target=cloud.watch, args=(cluster, collection))
        for cluster in clusters
        for collection in (SERVICES, HEADLESS_SLICES)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@dataclass
class Cloud:
    """What is seen of every cluster, and what has been done about it."""

    seen: dict[Cluster, Seen]
    addresses: dict[Cluster, frozenset[str]] = field(default_factory=dict)
    forwarded: tuple[Forward, ...] = ()
    lock: Lock = field(default_factory=Lock)

    def watch(self, cluster: Cluster, collection: Collection) -> None:
        """Follow one kind of object in one cluster, for ever."""
        while True:
            try:
                for objects in follow(cluster, collection):
                    self.see(cluster, collection, objects)
            except (OSError, HTTPException, ValueError, LabError) as error:
                log.warning("%s: %s", cluster.name, error)
            time.sleep(RETRY_SECONDS)

    def see(self, cluster: Cluster, collection: Collection, objects: tuple[Object, ...]) -> None:
        """Take note of all objects of a kind, and do what has to be done about them."""
        with self.lock:
            seen = self.seen[cluster]
            is_service = collection is SERVICES
            self.seen[cluster] = replace(seen, services=objects) if is_service else replace(seen, slices=objects)
            self.settle(cluster)

    def settle(self, changed: Cluster) -> None:
        """Do what follows from a change in one cluster; a status that is set comes back as a change."""
        self._place(changed, node_addresses(self.seen[changed]))
        for cluster in self.seen:
            write_records(cluster, hosts(cluster, self.seen.values()))
        self._forward(tuple(forward for seen in self.seen.values() for forward in forwards(seen)))
        for status in statuses(self.seen[changed]):
            set_ingress(changed, status)

    def _place(self, cluster: Cluster, wanted: frozenset[str]) -> None:
        present = self.addresses.get(cluster, frozenset())
        changes = [f"addr add {address}/32 dev wan0" for address in wanted - present]
        changes += [f"addr del {address}/32 dev wan0" for address in present - wanted]
        if changes:
            run(("ip", "-netns", cluster.namespace, "-force", "-batch", "-"), stdin="\n".join(changes))
        self.addresses[cluster] = wanted

    def _forward(self, wanted: tuple[Forward, ...]) -> None:
        if wanted == self.forwarded:
            return
        addresses = {forward.address for forward in wanted}
        gone = {forward.address for forward in self.forwarded} - addresses
        changes = [f"addr replace {address}/32 dev wan" for address in addresses]
        changes += [f"addr del {address}/32 dev wan" for address in gone]
        run(("ip", "-force", "-batch", "-"), stdin="\n".join(changes))
        run(("nft", "-f", "-"), stdin=ruleset(wanted))
        self.forwarded = wanted


def ruleset(wanted: Iterable[Forward]) -> str:
    """Return the nft script that forwards these ports, and no others, as a cloud's load balancer would."""
    rules = "\n".join(f"ip daddr {f.address} tcp dport {f.port} dnat to {f.node}:{f.node_port}" for f in wanted)
    return f"""table ip cloud
delete table ip cloud
table ip cloud {{
chain forward {{
{rules}
}}
chain arriving {{
type nat hook prerouting priority dstnat
jump forward
}}
chain local {{
type nat hook output priority -100
jump forward
}}
chain leaving {{
type nat hook postrouting priority srcnat
ct status dnat masquerade
}}
}}
"""


def write_records(cluster: Cluster, text: str) -> None:
    """Give the cluster's DNS server its records, if they are new."""
    file = hosts_file(cluster)
    if file.read_text() == text:
        return
    new = Path(f"{file}.new")
    new.write_text(text)
    new.replace(file)
    os.kill(int(dns_pid_file(cluster).read_text()), signal.SIGHUP)
