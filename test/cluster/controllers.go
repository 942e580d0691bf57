// The controllers that a workload needs, each started from its package as kube-controller-manager would.
package main

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/certificates/rootcacertpublisher"
	"k8s.io/kubernetes/pkg/controller/clusterroleaggregation"
	"k8s.io/kubernetes/pkg/controller/cronjob"
	"k8s.io/kubernetes/pkg/controller/daemon"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/disruption"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/job"
	"k8s.io/kubernetes/pkg/controller/namespace"
	"k8s.io/kubernetes/pkg/controller/replicaset"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
	"k8s.io/kubernetes/pkg/controller/statefulset"
)

// Of each controller; kube-controller-manager has 5 to 20.
const workers = 10

// The garbage collector learns of new custom resources this often; the real one every 30 s.
const collectorSync = 5 * time.Second

// clients are what the controllers are made from.
type clients struct {
	kube      kubernetes.Interface
	metadata  metadata.Interface
	mapper    *restmapper.DeferredDiscoveryRESTMapper
	informers informers.SharedInformerFactory
	// Typed informers where there are types, else metadata only: for the garbage collector.
	all     informerfactory.InformerFactory
	started chan struct{}
}

func startControllers(ctx context.Context, config *rest.Config, ca []byte) error {
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	metadataClient, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	shared := informers.NewSharedInformerFactory(kube, 0)
	c := clients{
		kube: kube, metadata: metadataClient, informers: shared, started: make(chan struct{}),
		mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(kube.Discovery())),
		all:    informerfactory.NewInformerFactory(shared, metadatainformer.NewSharedInformerFactory(metadataClient, 0)),
	}
	var runs []func()
	for _, make := range []func() (func(), error){
		func() (func(), error) { return c.apps(ctx) },
		func() (func(), error) { return c.batch(ctx) },
		func() (func(), error) { return c.accounts(ctx, ca) },
		func() (func(), error) { return c.disruption(ctx, config) },
		func() (func(), error) { return c.collector(ctx) },
	} {
		run, err := make()
		if err != nil {
			return err
		}
		runs = append(runs, run)
	}
	for _, run := range runs {
		run()
	}
	c.all.Start(ctx.Done())
	close(c.started)
	return nil
}

func (c *clients) apps(ctx context.Context) (func(), error) {
	apps, pods, nodes := c.informers.Apps().V1(), c.informers.Core().V1().Pods(), c.informers.Core().V1().Nodes()
	deployments, err := deployment.NewDeploymentController(ctx, apps.Deployments(), apps.ReplicaSets(), pods, c.kube)
	if err != nil {
		return nil, err
	}
	replicaSets := replicaset.NewReplicaSetController(ctx, apps.ReplicaSets(), pods, c.kube, replicaset.BurstReplicas)
	claims := c.informers.Core().V1().PersistentVolumeClaims()
	statefulSets := statefulset.NewStatefulSetController(ctx, pods, apps.StatefulSets(), claims, apps.ControllerRevisions(), c.kube)
	backOff := flowcontrol.NewBackOff(time.Second, 15*time.Minute)
	daemonSets, err := daemon.NewDaemonSetsController(ctx, apps.DaemonSets(), apps.ControllerRevisions(), pods, nodes, c.kube, backOff)
	return func() {
		go deployments.Run(ctx, workers)
		go replicaSets.Run(ctx, workers)
		go statefulSets.Run(ctx, workers)
		go daemonSets.Run(ctx, workers)
	}, err
}

func (c *clients) batch(ctx context.Context) (func(), error) {
	batch := c.informers.Batch().V1()
	// The last two are for gang scheduling, which is off.
	jobs, err := job.NewController(ctx, c.kube, c.informers.Core().V1().Pods(), batch.Jobs(), nil, nil)
	if err != nil {
		return nil, err
	}
	cronJobs, err := cronjob.NewControllerV2(ctx, batch.Jobs(), batch.CronJobs(), c.kube)
	return func() {
		go jobs.Run(ctx, workers)
		go cronJobs.Run(ctx, workers)
	}, err
}

// accounts are what a new namespace is given: a service account and the certificate to trust; and roles made of others.
func (c *clients) accounts(ctx context.Context, ca []byte) (func(), error) {
	core := c.informers.Core().V1()
	options := serviceaccount.DefaultServiceAccountsControllerOptions()
	accounts, err := serviceaccount.NewServiceAccountsController(klog.FromContext(ctx), core.ServiceAccounts(), core.Namespaces(), c.kube, options)
	if err != nil {
		return nil, err
	}
	certificates, err := rootcacertpublisher.NewPublisher(core.ConfigMaps(), core.Namespaces(), c.kube, ca)
	if err != nil {
		return nil, err
	}
	roles := clusterroleaggregation.NewClusterRoleAggregation(c.informers.Rbac().V1().ClusterRoles(), c.kube.RbacV1())
	resources := c.kube.Discovery().ServerPreferredNamespacedResources
	namespaces := namespace.NewNamespaceController(ctx, c.kube, c.metadata, resources, core.Namespaces(), time.Minute, corev1.FinalizerKubernetes)
	return func() {
		go accounts.Run(ctx, 1)
		go certificates.Run(ctx, 1)
		go roles.Run(ctx, 1)
		go namespaces.Run(ctx, workers)
	}, nil
}

func (c *clients) disruption(ctx context.Context, config *rest.Config) (func(), error) {
	kinds := scale.NewDiscoveryScaleKindResolver(c.kube.Discovery())
	scales, err := scale.NewForConfig(config, c.mapper, dynamic.LegacyAPIPathResolverFunc, kinds)
	if err != nil {
		return nil, err
	}
	core, apps := c.informers.Core().V1(), c.informers.Apps().V1()
	budgets := disruption.NewDisruptionController(ctx, core.Pods(), c.informers.Policy().V1().PodDisruptionBudgets(),
		core.ReplicationControllers(), apps.ReplicaSets(), apps.Deployments(), apps.StatefulSets(), c.kube, c.mapper, scales, c.kube.Discovery())
	return func() { go budgets.Run(ctx) }, nil
}

func (c *clients) collector(ctx context.Context) (func(), error) {
	ignored := garbagecollector.DefaultIgnoredResources()
	collector, err := garbagecollector.NewGarbageCollector(ctx, c.kube, c.metadata, c.mapper, ignored, c.all, c.started)
	return func() {
		go collector.Run(ctx, workers, time.Second)
		go collector.Sync(ctx, c.kube.Discovery(), collectorSync)
	}, err
}
