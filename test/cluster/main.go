// One process that is a Kubernetes control plane for tests: etcd, kube-apiserver, the workload controllers, and a runner
// that stands for scheduler and kubelet. It prints one line of JSON when it is ready, and ends on SIGTERM, on SIGINT and when
// its standard input is closed, so that it never outlives the process that started it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/pflag"
	"google.golang.org/grpc/grpclog"
	"k8s.io/client-go/rest"
)

// With a watch still open the API server would wait a minute for it; nothing here is worth that.
const stopWithin = 1500 * time.Millisecond

const readyWithin = 60 * time.Second

type settings struct {
	dataDir   string
	temporary bool
	port      int
	nodes     int
	apiServer []string
}

func main() {
	started := time.Now()
	settings := settings{}
	pflag.StringVar(&settings.dataDir, "data-dir", "", "directory of etcd, certificates and kubeconfig; empty: a temporary one")
	pflag.BoolVar(&settings.temporary, "temporary", false, "remove the data directory at the end, even one that was given")
	pflag.IntVar(&settings.port, "port", 0, "port of the API server on 127.0.0.1; 0: any free one")
	pflag.IntVar(&settings.nodes, "nodes", 2, "number of nodes")
	pflag.StringArrayVar(&settings.apiServer, "api-server-flag", nil, "a flag for kube-apiserver, such as --feature-gates=X=true; may be repeated")
	pflag.Parse()
	// The API server probes etcd with connections that it drops, and grpc warns of each: the log would be of nothing else.
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, os.Stderr))
	if err := run(settings, started); err != nil {
		fmt.Fprintf(os.Stderr, "control plane: %v\n", err)
		os.Exit(1)
	}
}

func run(settings settings, started time.Time) (err error) {
	if settings.dataDir == "" {
		directory, err := os.MkdirTemp("", "kubexray-cluster-")
		if err != nil {
			return err
		}
		settings.dataDir, settings.temporary = directory, true
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	defer func() {
		// After a failure the log in it is wanted; whoever gave the directory removes it.
		if settings.temporary && (err == nil || ctx.Err() != nil) {
			os.RemoveAll(settings.dataDir)
		}
	}()
	stopWhenInputCloses(stop)

	credentials, err := loadCredentials(settings.dataDir)
	if err != nil {
		return fmt.Errorf("make credentials: %w", err)
	}
	etcd, err := startEtcd(settings.dataDir)
	if err != nil {
		return fmt.Errorf("start etcd: %w", err)
	}
	compactOnSignal(ctx, etcd)
	server, err := startAPIServer(ctx, settings, credentials, etcdURL(etcd))
	if err != nil {
		return fmt.Errorf("start kube-apiserver: %w", err)
	}
	kubeconfig, err := credentials.writeKubeconfig(server.url)
	if err != nil {
		return fmt.Errorf("write kubeconfig: %w", err)
	}
	config := &rest.Config{Host: server.url, BearerToken: credentials.token, QPS: -1, TLSClientConfig: rest.TLSClientConfig{CAData: credentials.ca}}
	if err := bringUp(ctx, config, settings.nodes, credentials.ca, server.ended); err != nil {
		return err
	}
	announce(map[string]any{
		"kubeconfig": kubeconfig, "server": server.url, "token": credentials.token, "ca": string(credentials.ca),
		"pid": os.Getpid(), "seconds": time.Since(started).Round(time.Millisecond).Seconds(),
	})
	select {
	case <-ctx.Done():
	case err := <-server.ended:
		return fmt.Errorf("kube-apiserver ended: %w", err)
	}
	within(stopWithin, func() { <-server.ended })
	within(stopWithin, etcd.Close)
	return nil
}

// bringUp returns when pods that are created from now on will run.
func bringUp(ctx context.Context, config *rest.Config, nodes int, ca []byte, ended <-chan error) error {
	done := make(chan error, 1)
	go func() {
		within, cancel := context.WithTimeout(ctx, readyWithin)
		defer cancel()
		if err := waitUntilReady(within, config); err != nil {
			done <- fmt.Errorf("wait for kube-apiserver: %w", err)
			return
		}
		if err := startControllers(ctx, withAgent(config, "kube-controller-manager"), ca); err != nil {
			done <- fmt.Errorf("start controllers: %w", err)
			return
		}
		done <- startRunner(ctx, within, withAgent(config, "kubelet"), nodes)
	}()
	select {
	case err := <-done:
		return err
	case err := <-ended:
		return fmt.Errorf("kube-apiserver ended: %w", err)
	}
}

// withAgent gives the client the name of the component that it stands for: the server keeps it as field manager.
func withAgent(config *rest.Config, component string) *rest.Config {
	copied := rest.CopyConfig(config)
	copied.UserAgent = component
	return copied
}

// A terminal or /dev/null is no parent: only a pipe or a socket that closes ends the program.
func stopWhenInputCloses(stop func()) {
	if info, err := os.Stdin.Stat(); err != nil || info.Mode()&os.ModeCharDevice != 0 {
		return
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
}

func announce(line map[string]any) {
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		fmt.Fprintf(os.Stderr, "control plane: announce: %v\n", err)
	}
}

func within(limit time.Duration, work func()) {
	done := make(chan struct{})
	go func() {
		work()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(limit):
	}
}
