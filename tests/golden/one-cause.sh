#!/usr/bin/env bash
set -euo pipefail

# 1 MC301 cluster1 holds no remote secret for cluster2: no Secret labelled istio/multiCluster=true in istio-system has the key cluster2, so istiod-6b7d8c9f5-abcd1 never learns the endpoints of cluster2 and every call from cluster1 stays in cluster1. (disruptive)
istioctl create-remote-secret --context=cluster2 --name=cluster2 |
  kubectl apply -f - --context=cluster1 &&
kubectl --context=cluster1 -n istio-system rollout restart deployment/istiod
