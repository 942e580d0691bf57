// What an action leaves on the object that it scaled to zero: the label that alone suffices to restore, and the annotation with the rest. Pure.
import type { Cluster } from '../facts/cluster.ts';
import { type IdentifiedImage, identifyImage, type KnownImages } from '../facts/identity.ts';
import { type ContainerDigest, containerDigest, parseImageReference } from '../facts/image.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import type { ControllerObject } from '../facts/objects.ts';
import { allNeeds, type Workload, type WorkloadImage } from '../facts/workload.ts';

/** Holds the number of replicas to bring back. A label, because `kubectl rollout undo` replaces annotations and leaves labels. */
export const scaledDownLabel = 'kubexray.io/scaled-down';
export const actionAnnotation = 'kubexray.io/action';

/** An image that ran when the action was taken. */
export interface RememberedImage {
  readonly image: string;
  readonly digest: string;
  readonly firstSeenAt: Date;
  /** Xray knew the image then. Absent: it did not, or nobody wrote that down. */
  readonly scanned?: true;
  /** The tag of a pod that waited stood for it; it was not seen to run. */
  readonly byTag?: true;
}

/** The annotation: why the workload is at zero. */
export interface ActionRecord {
  /** Identifies the action in logs and reports. */
  readonly id: string;
  /** Of the object that was scaled; a copy of it carries a foreign one. */
  readonly uid: string;
  /** Name of each policy that wants zero → its generation. */
  readonly policies: Readonly<Record<string, number>>;
  /** `policy/rule` of each rule that wants zero, sorted. */
  readonly rules: readonly string[];
  readonly digests: readonly RememberedImage[];
  readonly templateSha256: string;
  readonly time: Date;
  /** How often the workload was scaled to zero again after somebody had scaled it up. */
  readonly reasserted: number;
}

/** `record` is absent when only the label is left. */
export interface Memory {
  readonly replicas: number;
  readonly record?: ActionRecord;
}

/** A memory with its record. */
export type FullMemory = Memory & { readonly record: ActionRecord };

export interface ReadMemory {
  readonly memory: Memory | undefined;
  /** There is an annotation or label of ours that means nothing and should go. */
  readonly isVoid: boolean;
}

/** Reads the memory of an object. An annotation without the label, with another uid or of another shape is void. */
export function readMemory(object: {
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}): ReadMemory {
  const label = object.labels[scaledDownLabel];
  const annotation = object.annotations[actionAnnotation];
  const replicas = label === undefined ? 0 : parseReplicas(label);
  if (replicas === 0) return { memory: undefined, isVoid: label !== undefined || annotation !== undefined };
  const record = annotation === undefined ? undefined : parseRecord(annotation);
  if (record === undefined || record.uid !== object.uid) return { memory: { replicas }, isVoid: annotation !== undefined };
  return { memory: { replicas, record }, isVoid: false };
}

/** Returns the text of the annotation. */
export function recordText(record: ActionRecord): string {
  return JSON.stringify(record);
}

/**
 * Returns the record as it can be written and read again, whatever the workload and the policies are called: the first so many rules
 * with their policies, and the first so many images. A long reference is cut, because the digest tells what it is.
 */
export function boundedRecord(record: ActionRecord): ActionRecord {
  const rules = record.rules.slice(0, maxNames);
  const names = new Set(rules.map((rule) => rule.split('/')[0] ?? ''));
  const policies = Object.fromEntries(Object.entries(record.policies).filter(([name]) => names.has(name)));
  const digests = record.digests.slice(0, maxImages).map((known) => ({ ...known, image: known.image.slice(0, maxReferenceLength) }));
  return { ...record, rules, policies, digests };
}

/** Tells whether the workload still has the pod template that was scaled to zero; without a record nobody knows, which counts as no. */
export function hasRememberedTemplate(controller: ControllerObject, memory: Memory): memory is FullMemory {
  return memory.record !== undefined && memory.record.templateSha256 === controller.template.sha256;
}

/**
 * Returns the workload as it would be with its count back: the replicas and pods that it had, and the images that it would run. Those
 * are the remembered ones while its template is the same, else those that its new template names, whose digests are known only where
 * they are pinned. `identify` finds the manifests of those that are not known to be one; left out, no registry has a say.
 */
export function withRememberedImages(
  workload: Workload,
  memory: Memory | undefined,
  identify: IdentifyRemembered = asRemembered,
): Workload {
  const { controller } = workload;
  if (memory === undefined || controller === undefined) return workload;
  // A rule that counts must see what it would count, or it would clear what it has just stopped.
  const replicas = controller.replicas === 0 ? memory.replicas : controller.replicas;
  const remembered = hasRememberedTemplate(controller, memory) ? memory.record.digests : templateImages(controller);
  const found = remembered.flatMap((known) => identify(known).map((identified) => ({ known, identified })));
  const expected = found.map(({ known, identified }) => ({ isTag: known.digest === '', image: imageOf(controller, known, identified) }));
  const images = [...workload.images];
  for (const { isTag, image } of expected) {
    // What a tag of a new template stands for is told by the pods that run it.
    const isThere = images.some((one) => one.ref === image.ref && (one.digest === image.digest || (isTag && image.digest === '')));
    if (!isThere) images.push({ ...image, pods: replicas });
  }
  const needs = allNeeds([workload.needs, ...found.map(({ identified }) => identified.needs)]);
  return { ...workload, replicas, pods: Math.max(workload.pods, replicas), images, needs };
}

/** Finds the manifests of an image that runs nowhere now, at least one. A digest is empty where a new template names a tag alone. */
export type IdentifyRemembered = (image: RememberedImage) => readonly IdentifiedImage[];

/** Returns what asks registries too; of an index for each platform that there is among the nodes, because any of them may come to run it. */
export function identifyRemembered(cluster: Cluster, known: KnownImages | undefined): IdentifyRemembered {
  return (remembered) => {
    const found = digestOf(remembered);
    // A tag is resolved when a pod asks for it, and by what the node then finds.
    const { tagged: _, ...withoutTag } = 'digest' in found ? { ...found, tagged: undefined } : found;
    const own = identifyOnAll(withoutTag, { remembered, cluster, known });
    if (remembered.byTag !== true || known === undefined) return own;
    // It never ran: where its tag has moved, what would run is another image.
    const byTag = identifyOnAll(containerDigest({ image: remembered.image, imageID: '' }), { remembered, cluster, known });
    if (byTag.some(({ digest, identity }) => digest !== '' || identity?.kind === 'asking')) return byTag;
    const needs = allNeeds([...own, ...byTag].map((one) => one.needs));
    return own.map((one) => ({ ...one, needs }));
  };
}

function identifyOnAll(
  found: ContainerDigest,
  { remembered, cluster, known }: { remembered: RememberedImage; cluster: Cluster; known: KnownImages | undefined },
): readonly IdentifiedImage[] {
  const { image: ref, firstSeenAt: since } = remembered;
  const platforms = cluster.platforms();
  const all = (platforms.length === 0 ? [undefined] : platforms).map((platform) =>
    identifyImage(found, { ref, known, since, platform, whyNoPlatform: 'no pod of it tells on which one it runs' }),
  );
  const own = all.filter(({ isForeign }) => isForeign !== true);
  return (own.length === 0 ? all : own).flatMap((one) => (one.also === undefined ? [one] : [one, one.also]));
}

const asRemembered: IdentifyRemembered = ({ image, digest, firstSeenAt }) => [
  identifyImage(digestOf({ image, digest, firstSeenAt }), {
    ...{ ref: image, known: undefined, platform: undefined, whyNoPlatform: '', since: firstSeenAt },
  }),
];

function digestOf({ image, digest }: RememberedImage): ContainerDigest {
  if (digest === '') return containerDigest({ image, imageID: '' });
  const { registry, repository } = parseImageReference(image);
  return { digest, place: { registry, repository } };
}

function templateImages(controller: ControllerObject): readonly RememberedImage[] {
  const refs = [...new Set(controller.template.containers.map((container) => container.image))];
  return refs.map((image) => ({ image, digest: '', firstSeenAt: controller.createdAt }));
}

function imageOf(controller: ControllerObject, { image: ref, firstSeenAt }: RememberedImage, found: IdentifiedImage): WorkloadImage {
  const { registry, repository, tag } = parseImageReference(ref);
  const { digest, problem, identity } = found;
  const containers = controller.template.containers
    .filter((container) => container.image === ref)
    .map(({ name, type }) => ({ name, type }));
  const own = { ref, registry, repository, tag, digest, problem, ...(identity === undefined ? {} : { identity }) };
  return { ...own, firstSeenAt, containers, pods: 0, current: true };
}

// Each policy in a record is asked for before the workload is given back. A policy's name has 253 characters at most and a rule's 63, so
// a bounded record has less than 100 KiB, and annotations may have 256 KiB in all.
const maxNames = 50;
const maxImages = 100;
const maxReferenceLength = 512;
const maxRecordLength = 128 * 1024;

function parseReplicas(label: string): number {
  const replicas = /^[1-9][0-9]{0,9}$/.test(label) ? Number(label) : 0;
  return replicas <= 2_147_483_647 ? replicas : 0;
}

function parseRecord(annotation: string): ActionRecord | undefined {
  if (annotation.length > maxRecordLength) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(annotation);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { id, uid, policies, rules, digests, templateSha256, time, reasserted } = value;
  const when = parseDate(time);
  if (
    typeof id !== 'string' ||
    typeof uid !== 'string' ||
    typeof templateSha256 !== 'string' ||
    typeof reasserted !== 'number' ||
    when === undefined
  )
    return undefined;
  if (
    !isJsonObject(policies) ||
    Object.keys(policies).length > maxNames ||
    !isNumbers(policies) ||
    !isTexts(rules) ||
    !Array.isArray(digests)
  )
    return undefined;
  const images = digests.map(parseRememberedImage);
  if (!images.every((image) => image !== undefined)) return undefined;
  return { id, uid, policies, rules, digests: images, templateSha256, time: when, reasserted };
}

function parseRememberedImage(value: unknown): RememberedImage | undefined {
  if (!isJsonObject(value)) return undefined;
  const firstSeenAt = parseDate(value.firstSeenAt);
  if (typeof value.image !== 'string' || typeof value.digest !== 'string' || firstSeenAt === undefined) return undefined;
  return { image: value.image, digest: value.digest, firstSeenAt, ...flagsOf(value) };
}

function flagsOf({ scanned, byTag }: JsonObject): Pick<RememberedImage, 'scanned' | 'byTag'> {
  return { ...(scanned === true ? { scanned } : {}), ...(byTag === true ? { byTag } : {}) };
}

function parseDate(value: unknown): Date | undefined {
  const date = new Date(typeof value === 'string' ? value : Number.NaN);
  const year = date.getUTCFullYear();
  // RFC 3339 has four digits for the year; JavaScript reads and writes more, which no status may hold.
  return year >= 2000 && year < 9999 ? date : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && isPrintable(item));
}

function isNumbers(value: JsonObject): value is Readonly<Record<string, number>> {
  return Object.entries(value).every(([key, item]) => typeof item === 'number' && isPrintable(key));
}

/** Names reach terminals and logs; who may annotate an object must not write there what he likes. */
function isPrintable(text: string): boolean {
  return !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
}

/** Returns the workload with the images that it would run, as far as its own object remembers them. */
export function withOwnMemory(workload: Workload, identify: IdentifyRemembered = asRemembered): Workload {
  const { controller } = workload;
  return controller === undefined ? workload : withRememberedImages(workload, readMemory(controller).memory, identify);
}
