// The API server, started in this process from its own options.
package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/spf13/pflag"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

type apiServer struct {
	url string
	// Receives the error of the server, nil after an orderly stop, and is then closed.
	ended <-chan error
}

// startAPIServer does not use the command of kube-apiserver: that takes the signal handler of the process.
func startAPIServer(ctx context.Context, settings settings, credentials *credentials, etcdURL string) (*apiServer, error) {
	// An open listener leaves nobody the time to take the port.
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", settings.port))
	if err != nil {
		return nil, err
	}
	run := options.NewServerRunOptions()
	run.SecureServing.Listener = listener
	flags := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	for _, set := range run.Flags().FlagSets {
		flags.AddFlagSet(set)
	}
	if err := flags.Parse(append(apiServerFlags(credentials, etcdURL), settings.apiServer...)); err != nil {
		return nil, err
	}
	if err := run.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return nil, err
	}
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	completed, err := run.Complete(ctx)
	if err != nil {
		return nil, err
	}
	if problems := completed.Validate(); len(problems) > 0 {
		return nil, utilerrors.NewAggregate(problems)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- app.Run(ctx, completed)
		close(ended)
	}()
	return &apiServer{url: "https://" + listener.Addr().String(), ended: ended}, nil
}

func apiServerFlags(credentials *credentials, etcdURL string) []string {
	return []string{
		"--etcd-servers=" + etcdURL,
		"--tls-cert-file=" + credentials.path("server.crt"),
		"--tls-private-key-file=" + credentials.path("server.key"),
		"--token-auth-file=" + credentials.path("tokens.csv"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + credentials.path("service-account.key"),
		"--service-account-signing-key-file=" + credentials.path("service-account.key"),
		"--authorization-mode=RBAC",
		"--allow-privileged=true",
		"--service-cluster-ip-range=10.96.0.0/16",
		// The reconciler of the server's own endpoints refuses a loopback address.
		"--advertise-address=127.0.0.1",
		"--endpoint-reconciler-type=none",
		// Nobody here would take off the taint of a new node, nor the finalizer of a volume claim.
		"--disable-admission-plugins=TaintNodesByCondition,StorageObjectInUseProtection",
	}
}

func waitUntilReady(ctx context.Context, config *rest.Config) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	return wait.PollUntilContextCancel(ctx, 20*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error() == nil, nil
	})
}
