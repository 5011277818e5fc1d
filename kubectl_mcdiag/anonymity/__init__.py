"""Stand-ins for names, addresses and hosts, so that a recording can be shown to strangers and is judged the same.

It works on text, whatever command it comes from: of every word, only those stay that Kubernetes, Istio or mcdiag
itself use (`vocabulary.py`); all others become a stand-in, the same one wherever the word occurs. So a pod's name
still begins with its Deployment's, a host name still ends with its namespace, and a new command needs no code here.
Addresses are replaced so that two which share a prefix still share one of that length; certificates are reissued with
the same facts. The mapping lives as long as one recording is written, and is stored nowhere.
"""

from kubectl_mcdiag.anonymity.words import Disguise

__all__ = ["Disguise"]
