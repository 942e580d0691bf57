// Entry of the test registry: go-containerregistry's registry in memory on a loopback port, with the authentication that is asked for.
package main

import (
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "test registry: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	auth := authentication{}
	flag.StringVar(&auth.scheme, "auth", "none", "none, basic or token")
	flag.StringVar(&auth.user, "user", "", "user that may pull and push; with -auth=token and without it, anybody gets a token to pull")
	flag.StringVar(&auth.refreshToken, "refresh-token", "", "what is exchanged for a token by POST, with -auth=token")
	flag.DurationVar(&auth.tokenLife, "token-life", 5*time.Minute, "how long a token is good")
	flag.StringVar(&auth.realm, "realm", "", "address for tokens, with -auth=token; this server's own without")
	isTLS := flag.Bool("tls", false, "with a certificate of its own, which is announced")
	flag.Parse()
	// Not a flag: those are seen by everybody on the machine, and tests should do as they tell users to.
	auth.password = os.Getenv("REGISTRY_PASSWORD")

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	scheme, authority := "http", ""
	if *isTLS {
		certificate, pem, err := selfSigned()
		if err != nil {
			return err
		}
		scheme, authority = "https", pem
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}})
	}
	if auth.realm == "" {
		auth.realm = scheme + "://" + listener.Addr().String() + "/token"
	}
	handler, err := auth.wrap(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: &requestLog{next: handler}, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	// Whoever started it has gone when standard input closes.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	if err := json.NewEncoder(os.Stdout).Encode(map[string]string{"address": listener.Addr().String(), "ca": authority}); err != nil {
		return err
	}
	return server.Serve(listener)
}
