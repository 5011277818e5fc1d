#!/usr/bin/env bash
set -euo pipefail

# 1 MC201 cluster2's root certificate (SHA-256 9A:07:33:B2…) differs from cluster1's (4F:1C:9A:07…), so each side refuses the other's certificate. cluster2 signs with its own self-signed CA: istio-system holds no Secret cacerts. (disruptive, needs input)
kubectl --context=cluster2 -n istio-system create secret generic cacerts \
  --from-file=ca-cert.pem=\
"${CA_DIR:?the folder with the CA of cluster2}"\
/ca-cert.pem --from-file=ca-key.pem=\
"${CA_DIR:?the folder with the CA of cluster2}"\
/ca-key.pem --from-file=root-cert.pem=\
"${CA_DIR:?the folder with the CA of cluster2}"\
/root-cert.pem --from-file=cert-chain.pem=\
"${CA_DIR:?the folder with the CA of cluster2}"\
/cert-chain.pem &&
kubectl --context=cluster2 -n istio-system rollout restart deployment/istiod

# 3 MC405 legacy-7d9.sample carries topology.istio.io/network=network9, which no gateway serves (safe)
kubectl --context=cluster1 -n sample label pod legacy-7d9 \
  topology.istio.io/network-
