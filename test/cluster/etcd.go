// The etcd of the control plane: one member, on a free port of the loopback interface.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
)

func startEtcd(dataDir string) (*embed.Etcd, error) {
	config := embed.NewConfig()
	config.Dir = filepath.Join(dataDir, "etcd")
	config.LogLevel, config.LogOutputs = "error", []string{"stderr"}
	anyPort := url.URL{Scheme: "http", Host: "127.0.0.1:0"}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{anyPort}, []url.URL{anyPort}
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{anyPort}, []url.URL{anyPort}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	// The gateway would dial port 0.
	config.EnableGRPCGateway = false
	// A lone member elects itself after one election timeout: the shortest that etcd accepts with a margin.
	config.TickMs, config.ElectionMs = 10, 100
	// What is lost when the machine fails was test data.
	config.UnsafeNoFsync = true
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	select {
	case <-etcd.Server.ReadyNotify():
		return etcd, nil
	case err := <-etcd.Err():
		return nil, err
	case <-time.After(readyWithin):
		return nil, errors.New("no leader in time")
	}
}

func etcdURL(etcd *embed.Etcd) string {
	return "http://" + etcd.Clients[0].Addr().String()
}

// compactOnSignal drops the history at SIGUSR1, so that old resource versions expire.
func compactOnSignal(ctx context.Context, etcd *embed.Etcd) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	client := v3client.New(etcd.Server)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-signals:
			}
			if err := compact(ctx, client); err != nil {
				fmt.Fprintf(os.Stderr, "control plane: compact: %v\n", err)
			}
		}
	}()
}

func compact(ctx context.Context, client *clientv3.Client) error {
	latest, err := client.Get(ctx, "any")
	if err != nil {
		return err
	}
	_, err = client.Compact(ctx, latest.Header.Revision, clientv3.WithCompactPhysical())
	return err
}
