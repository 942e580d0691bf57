// The runner stands for scheduler and kubelet: it binds pods to nodes, reports them as their annotations wish, and lets deleted ones go.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
)

// Pods that are handled at once: enough for some hundred pods a second on two cores.
const runnerWorkers = 16

type runner struct {
	kube  kubernetes.Interface
	pods  cache.Indexer
	queue workqueue.TypedRateLimitingInterface[string]
	nodes []string
}

// startRunner returns when the nodes are there and pods are watched; it runs until `ctx` ends.
func startRunner(ctx, within context.Context, config *rest.Config, nodes int) error {
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	shared := informers.NewSharedInformerFactoryWithOptions(kube, 0, informers.WithTransform(withoutManagedFields))
	pods := shared.Core().V1().Pods().Informer()
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[string](5*time.Millisecond, 5*time.Second)
	r := &runner{kube: kube, pods: pods.GetIndexer(), queue: workqueue.NewTypedRateLimitingQueue(limiter)}
	for number := 1; number <= nodes; number++ {
		name := fmt.Sprintf("node-%d", number)
		if err := r.addNode(within, name); err != nil {
			return fmt.Errorf("add node %s: %w", name, err)
		}
		r.nodes = append(r.nodes, name)
	}
	if _, err := pods.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(pod any) { r.enqueue(pod) },
		UpdateFunc: func(_, pod any) { r.enqueue(pod) },
	}); err != nil {
		return err
	}
	shared.Start(ctx.Done())
	if !cache.WaitForCacheSync(within.Done(), pods.HasSynced) {
		return fmt.Errorf("watch pods: %w", within.Err())
	}
	for range runnerWorkers {
		go r.work(ctx)
	}
	go func() {
		<-ctx.Done()
		r.queue.ShutDown()
	}()
	return nil
}

func withoutManagedFields(object any) (any, error) {
	if pod, ok := object.(*corev1.Pod); ok {
		pod.ManagedFields = nil
	}
	return object, nil
}

func (r *runner) enqueue(object any) {
	if key, err := cache.MetaNamespaceKeyFunc(object); err == nil {
		r.queue.Add(key)
	}
}

func (r *runner) work(ctx context.Context) {
	for {
		key, shutdown := r.queue.Get()
		if shutdown {
			return
		}
		err := r.handle(ctx, key)
		// Not found and conflict: the pod is gone or another one, of which an event tells.
		if err != nil && !errors.IsNotFound(err) && !errors.IsConflict(err) {
			klog.ErrorS(err, "run pod", "pod", key)
			r.queue.AddRateLimited(key)
		} else {
			r.queue.Forget(key)
		}
		r.queue.Done(key)
	}
}

func (r *runner) handle(ctx context.Context, key string) error {
	object, exists, err := r.pods.GetByKey(key)
	pod, ok := object.(*corev1.Pod)
	if err != nil || !exists || !ok {
		return err
	}
	if pod.DeletionTimestamp != nil {
		return r.letGo(ctx, pod)
	}
	if pod.Spec.NodeName == "" {
		if len(pod.Spec.SchedulingGates) > 0 || len(r.nodes) == 0 {
			return nil
		}
		return r.bind(ctx, pod)
	}
	return r.report(ctx, pod)
}

// letGo ends a deleted pod at once. One that has no grace period left is held by finalizers, which are not the runner's.
func (r *runner) letGo(ctx context.Context, pod *corev1.Pod) error {
	if pod.Annotations[slowTermination] == "true" || (pod.DeletionGracePeriodSeconds != nil && *pod.DeletionGracePeriodSeconds == 0) {
		return nil
	}
	now := int64(0)
	return r.kube.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{
		GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &pod.UID},
	})
}

func (r *runner) bind(ctx context.Context, pod *corev1.Pod) error {
	return r.kube.CoreV1().Pods(pod.Namespace).Bind(ctx, &corev1.Binding{
		ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID},
		Target:     corev1.ObjectReference{Kind: "Node", Name: r.nodeFor(pod)},
	}, metav1.CreateOptions{})
}

// nodeFor keeps to the node that a DaemonSet's pod is made for; all other pods are spread by their names.
func (r *runner) nodeFor(pod *corev1.Pod) string {
	if affinity := pod.Spec.Affinity; affinity != nil && affinity.NodeAffinity != nil {
		if required := affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution; required != nil {
			for _, term := range required.NodeSelectorTerms {
				for _, field := range term.MatchFields {
					if field.Key == metav1.ObjectNameField && field.Operator == corev1.NodeSelectorOpIn && len(field.Values) == 1 {
						return field.Values[0]
					}
				}
			}
		}
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(pod.Namespace + "/" + pod.Name))
	return r.nodes[int(hash.Sum32()%uint32(len(r.nodes)))]
}

func (r *runner) report(ctx context.Context, pod *corev1.Pod) error {
	status, changed := statusOf(pod, time.Now())
	if !changed {
		return nil
	}
	// The uid refuses the write when a StatefulSet has made the next pod of this name meanwhile.
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": pod.UID}, "status": status})
	if err != nil {
		return err
	}
	_, err = r.kube.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	return err
}

func (r *runner) addNode(ctx context.Context, name string) error {
	room := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("1000"), corev1.ResourceMemory: resource.MustParse("10Ti"), corev1.ResourcePods: resource.MustParse("20000"),
	}
	labels := map[string]string{corev1.LabelHostname: name, corev1.LabelArchStable: "amd64", corev1.LabelOSStable: "linux"}
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Status: corev1.NodeStatus{
			Capacity: room, Allocatable: room,
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "Runner"}},
			NodeInfo:   corev1.NodeSystemInfo{Architecture: "amd64", OperatingSystem: "linux", KubeletVersion: "v1.36.3"},
		},
	}
	if _, err := r.kube.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil && !errors.IsAlreadyExists(err) {
		return err
	}
	return nil
}
