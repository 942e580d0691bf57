// The workloads that bench:facts and bench:reaction stand on: many pods of 300 images, two containers each, and what Xray knows of those.
import { digestOf, type ImageSource, type IssueSource } from '../xray/images.ts';

export interface CrowdWorkload {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** One for each container of its pods. */
  readonly images: readonly string[];
}

/** Images of a crowd, from 150 pods on. */
export const crowdImages = 300;
export const containersPerPod = 2;
const mostWorkloads = 500;
const namespaces = 50;

/** Returns Deployments with so many pods in all: 500 of them, or one for each pod where these are fewer. */
export function crowdOf(pods: number): readonly CrowdWorkload[] {
  const count = Math.min(mostWorkloads, pods);
  return Array.from({ length: count }, (_, index) => ({
    namespace: `team-${index % namespaces}`,
    name: `service-${index}`,
    replicas: Math.floor(pods / count) + (index < pods % count ? 1 : 0),
    // Shifted, so that 200 workloads have all the images too.
    images: [imageName(index % crowdImages), imageName((200 + index) % crowdImages)],
  }));
}

/** Returns what Xray knows of the images of a crowd: nothing grave. */
export function crowdSources(issuesEach: number): readonly ImageSource[] {
  return Array.from({ length: crowdImages }, (_, index) => sourceOf(imageName(index), issuesEach));
}

const harmless = ['Low', 'Medium', 'Low', 'Information', 'Medium'];
const licenses = ['MIT', 'Apache-2.0', 'BSD-3-Clause', 'GPL-2.0', 'LGPL-2.1'];

/** Returns what Xray knows of one image, by the digest that a runtime of the test cluster reports of it: nothing grave. */
export function sourceOf(ref: string, issuesEach: number): ImageSource {
  const hex = digestOf(ref).slice('sha256:'.length, 'sha256:'.length + 4);
  return {
    name: ref.slice(ref.indexOf('/') + 1),
    digest: digestOf(ref),
    licenses: licenses.map((name) => ({ name, components: ['deb://debian:bookworm:libc6:2.36', `npm://${hex}:1.0.0`] })),
    // Images share most of what is known of them, as those on the same base do.
    issues: Array.from({ length: issuesEach }, (_, issue): IssueSource => {
      const id = issue % 4 === 0 ? `${100_000 + Number.parseInt(hex, 16)}${issue}` : `${200_000 + issue}`;
      const component = `deb://debian:bookworm:library-${issue}:1.0.0`;
      return {
        ...{ id: `XRAY-${id}`, cve: `CVE-2025-${id}`, severity: harmless[issue % harmless.length] ?? 'Low', cvss: 5.5 },
        components: [{ id: component, fixed: issue % 2 === 0 ? ['1.0.1'] : [] }],
      };
    }),
  };
}

function imageName(index: number): string {
  return `registry.example.com/shop/image-${index}:1.4`;
}
