package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"time"

	"antechamber.dev/testcluster/programs/agent/container"
)

// logs answers `kubectl logs`: GET /containerLogs/NAMESPACE/POD/CONTAINER, as the API server asks a kubelet.
func logs(find func(namespace, pod, name string) *container.Log) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", func(w http.ResponseWriter, r *http.Request) {
		log := find(r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container"))
		if log == nil {
			http.Error(w, "the container has not been started", http.StatusNotFound)
			return
		}
		query := r.URL.Query()
		position := 0
		if n, err := strconv.Atoi(query.Get("tailLines")); err == nil {
			position = log.Tail(n)
		}
		since := sinceOf(query.Get("sinceTime"), query.Get("sinceSeconds"), time.Now())
		w.Header().Set("Content-Type", "text/plain")
		for {
			var lines []string
			lines, position = log.From(position, since)
			for _, line := range lines {
				fmt.Fprintln(w, line)
			}
			if query.Get("follow") != "true" {
				return
			}
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	})
	return mux
}

func sinceOf(at, seconds string, now time.Time) time.Time {
	if t, err := time.Parse(time.RFC3339, at); err == nil {
		return t
	}
	if n, err := strconv.Atoi(seconds); err == nil {
		return now.Add(-time.Duration(n) * time.Second)
	}
	return time.Time{}
}

// selfSigned is a certificate of the node's own; the API server does not verify it.
func selfSigned(name, ip string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(240 * time.Hour),
		IPAddresses: []net.IP{net.ParseIP(ip)}, DNSNames: []string{name}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
