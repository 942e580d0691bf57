// What the runner reports of a pod: a function of the pod, steered by annotations that tests put into pod templates.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/distribution/reference"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// JSON object, image as the pod names it → digest that it "resolves" to. Without: the hash of the reference.
	imageDigests = "test.kubexray.io/image-digests"
	// JSON object, image as the pod names it → imageID, word for word, whatever it is. Goes before the digests.
	imageIDs = "test.kubexray.io/image-ids"
	// "true": the images cannot be pulled, the pod stays Pending. Taken away, the pod runs.
	waiting = "test.kubexray.io/waiting"
	// "true": a pod of a Job does not end.
	keepRunning = "test.kubexray.io/keep-running"
	// "true": a deleted pod stays terminating until the annotation is taken away.
	slowTermination = "test.kubexray.io/slow-termination"
)

// statusOf returns what the pod's status should say, and whether it says something else. The end of a pod is final, as it
// is with a kubelet; that also leaves alone what a test has written by hand.
func statusOf(pod *corev1.Pod, now time.Time) (corev1.PodStatus, bool) {
	if pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return pod.Status, false
	}
	started := metav1.NewTime(now.Truncate(time.Second))
	if pod.Status.StartTime != nil {
		started = *pod.Status.StartTime
	}
	images := imagesOf(pod)
	phase := phaseOf(pod, images)
	status := corev1.PodStatus{Phase: phase, StartTime: &started, HostIP: "127.0.0.1", QOSClass: pod.Status.QOSClass}
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: started}}
	completed := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		Reason: "Completed", StartedAt: started, FinishedAt: started, ContainerID: "runner://" + string(pod.UID),
	}}
	main := running
	if phase == corev1.PodSucceeded {
		main = completed
	}
	for _, container := range pod.Spec.InitContainers {
		state := completed
		if container.RestartPolicy != nil && *container.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			state = main
		}
		status.InitContainerStatuses = append(status.InitContainerStatuses, images.status(container.Name, container.Image, state))
	}
	for _, container := range pod.Spec.Containers {
		status.ContainerStatuses = append(status.ContainerStatuses, images.status(container.Name, container.Image, main))
	}
	for _, container := range pod.Spec.EphemeralContainers {
		status.EphemeralContainerStatuses = append(status.EphemeralContainerStatuses, images.status(container.Name, container.Image, main))
	}
	status.Conditions = conditionsOf(phase, started)
	return status, !says(&pod.Status, &status)
}

func phaseOf(pod *corev1.Pod, images images) corev1.PodPhase {
	if images.waiting != nil {
		return corev1.PodPending
	}
	owner := metav1.GetControllerOf(pod)
	if owner != nil && owner.Kind == "Job" && pod.Annotations[keepRunning] != "true" {
		return corev1.PodSucceeded
	}
	return corev1.PodRunning
}

// says ignores the conditions: they follow from the phase.
func says(current, wanted *corev1.PodStatus) bool {
	return current.Phase == wanted.Phase && current.StartTime != nil &&
		equality.Semantic.DeepEqual(current.InitContainerStatuses, wanted.InitContainerStatuses) &&
		equality.Semantic.DeepEqual(current.ContainerStatuses, wanted.ContainerStatuses) &&
		equality.Semantic.DeepEqual(current.EphemeralContainerStatuses, wanted.EphemeralContainerStatuses)
}

func conditionsOf(phase corev1.PodPhase, since metav1.Time) []corev1.PodCondition {
	truth := func(yes bool) corev1.ConditionStatus {
		if yes {
			return corev1.ConditionTrue
		}
		return corev1.ConditionFalse
	}
	ready, started := phase == corev1.PodRunning, phase != corev1.PodPending
	return []corev1.PodCondition{
		{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: since},
		{Type: corev1.PodInitialized, Status: truth(started), LastTransitionTime: since},
		{Type: corev1.ContainersReady, Status: truth(ready), LastTransitionTime: since},
		{Type: corev1.PodReady, Status: truth(ready), LastTransitionTime: since},
	}
}

// images knows what the images of one pod resolve to.
type images struct {
	digests map[string]string
	ids     map[string]string
	// Why no container can start; nil when they can.
	waiting *corev1.ContainerStateWaiting
}

func imagesOf(pod *corev1.Pod) images {
	result := images{}
	for annotation, target := range map[string]*map[string]string{imageDigests: &result.digests, imageIDs: &result.ids} {
		if text := pod.Annotations[annotation]; text != "" {
			if err := json.Unmarshal([]byte(text), target); err != nil {
				// Seen by whoever looks why the pod does not start.
				result.waiting = &corev1.ContainerStateWaiting{Reason: "InvalidAnnotation", Message: annotation + ": " + err.Error()}
			}
		}
	}
	if pod.Annotations[waiting] == "true" {
		result.waiting = &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "an annotation wants this"}
	}
	return result
}

func (i images) status(name, image string, state corev1.ContainerState) corev1.ContainerStatus {
	if i.waiting != nil {
		return corev1.ContainerStatus{Name: name, Image: image, State: corev1.ContainerState{Waiting: i.waiting}, Started: new(false)}
	}
	started := state.Running != nil
	ready := started || state.Terminated != nil && state.Terminated.ExitCode == 0
	normal, id := i.resolve(image)
	return corev1.ContainerStatus{Name: name, Image: normal, ImageID: id, State: state, Ready: ready, Started: &started}
}

// resolve returns reference and imageID as containerd reports them: `nginx` is `docker.io/library/nginx:latest`, and its
// imageID `docker.io/library/nginx@sha256:…`.
func (i images) resolve(image string) (string, string) {
	normal, repository := image, image
	if named, err := reference.ParseNormalizedNamed(image); err == nil {
		normal, repository = reference.TagNameOnly(named).String(), named.Name()
	}
	if id, ok := i.ids[image]; ok {
		return normal, id
	}
	if _, digest, ok := strings.Cut(image, "@"); ok {
		return normal, repository + "@" + digest
	}
	if digest, ok := i.digests[image]; ok {
		return normal, repository + "@" + digest
	}
	sum := sha256.Sum256([]byte(image))
	return normal, repository + "@sha256:" + hex.EncodeToString(sum[:])
}
