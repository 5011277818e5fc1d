// Command hello answers every request with the version it was told to be, and the pod it runs in.
package main

import (
	"cmp"
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	greeting := fmt.Sprintf("Hello version: %s, instance: %s\n", os.Getenv("SERVICE_VERSION"), os.Getenv("HOSTNAME"))
	answer := func(response http.ResponseWriter, _ *http.Request) { fmt.Fprint(response, greeting) }
	http.HandleFunc("/", answer)
	server := http.Server{Addr: cmp.Or(os.Getenv("LISTEN"), ":5000"), Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	// What a sidecar speaks to a port that is called grpc.
	server.Protocols.SetUnencryptedHTTP2(true)
	log.Fatal(server.ListenAndServe())
}
