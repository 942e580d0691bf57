// The workloads of the storm and their images: what is made of them while it lasts, and what they should be in the end. Writes to the cluster.
import type { AdminClient } from '../cluster/admin-client.ts';
import { at } from '../cluster/at.ts';
import { digestOf, type IssueSource } from '../xray/images.ts';
import type { XrayStandIn } from '../xray/stand-in.ts';
import { type ScalableKind, scaleOf, submit, workloadPath } from './environment.ts';
import { type StormRule, violates } from './storm-told.ts';

export const namespaces = ['storm-high', 'storm-agpl', 'storm-unscanned'] as const;
export type StormNamespace = (typeof namespaces)[number];

/** What Xray knows of an image when it is made; `unknown`: nothing. */
export type Content = 'clean' | 'high' | 'agpl' | 'unknown';

/** `fixed` members are left alone by the storm, but for what is said of them where they are made. */
export type Role = 'churned' | 'fixed';

export interface Member {
  readonly kind: ScalableKind;
  readonly namespace: StormNamespace;
  readonly name: string;
  readonly role: Role;
  readonly uid: string;
  ref: string;
  replicas: number;
  /** False once any rule about it was violated by any of its images. */
  alwaysClean: boolean;
  /** For templates that are to differ in nothing else. */
  revision: number;
}

export interface FleetOptions {
  readonly admin: AdminClient;
  readonly xray: XrayStandIn;
  readonly random: () => number;
  /** Where images that are named by a tag come from. */
  readonly registry: string;
}

export const severe: IssueSource = { id: 'XRAY-500', cve: 'CVE-2026-0500', severity: 'Critical' };

/** Rules of the policies that are about a namespace. */
export function rulesOf(namespace: StormNamespace): readonly StormRule[] {
  if (namespace === 'storm-agpl') return ['no-high', 'no-agpl'];
  return namespace === 'storm-unscanned' ? ['no-high', 'unscanned'] : ['no-high'];
}

/** Returns the digest of an image by its reference. */
export function digestOfRef(ref: string): string {
  return ref.split('@')[1] ?? digestOf(ref);
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #members: Member[] = [];
  #count = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Those that nobody in the test has deleted. */
  members(): readonly Member[] {
    return this.#members;
  }

  /** Makes an image that nobody has asked about, half of them pinned by digest, and tells Xray what it is to know. */
  newImage(content: Content): string {
    const { registry, random } = this.#options;
    this.#count += 1;
    const name = `storm/${content}-${this.#count}`;
    const tagged = `${registry}/${name}:1`;
    const ref = random() < 0.5 ? tagged : `${registry}/${name}@${digestOf(tagged)}`;
    if (content !== 'unknown') this.publish(ref, content);
    return ref;
  }

  /** From now on Xray knows this of an image. */
  publish(ref: string, content: Exclude<Content, 'unknown'>): void {
    const { xray, random } = this.#options;
    const name = `${/storm\/[a-z]+-\d+/.exec(ref)?.[0]}:1`;
    // One that lies in two repositories is two artifacts in an answer.
    const repositories = random() < 0.3 ? ['docker-local', 'docker-remote-cache'] : ['docker-local'];
    const issues = content === 'high' ? [{ id: 'XRAY-1', cve: 'CVE-2025-0001', severity: 'High' }] : [];
    xray.set({ name, digest: digestOfRef(ref), repositories, issues, licenses: [content === 'agpl' ? 'AGPL-3.0' : 'MIT'] });
    this.look();
  }

  /** A new workload that runs an image. */
  async add(given: {
    readonly namespace: StormNamespace;
    readonly ref: string;
    readonly role?: Role;
    readonly kind?: ScalableKind;
  }): Promise<Member> {
    const { admin, random } = this.#options;
    const { namespace, ref, role = 'churned', kind = random() < 0.7 ? 'Deployment' : 'StatefulSet' } = given;
    this.#count += 1;
    const [name, replicas] = [`w-${this.#count}`, 1 + Math.floor(random() * 2)];
    await submit(admin, { kind, namespace, name, image: ref, replicas });
    const uid = String(at(await admin.expect('GET', workloadPath({ kind, namespace, name })), 'metadata.uid'));
    const member: Member = { kind, namespace, name, role, uid, ref, replicas, alwaysClean: true, revision: 0 };
    this.#members.push(member);
    this.look();
    return member;
  }

  /** Marks those whose truth is not clean at this moment; called whenever truth may have changed. */
  look(): void {
    for (const member of this.#members) if (this.violated(member).length > 0) member.alwaysClean = false;
  }

  async remove(member: Member): Promise<void> {
    this.#members.splice(this.#members.indexOf(member), 1);
    await this.#options.admin.request('DELETE', workloadPath(member));
  }

  /** Changes the count, unless somebody else did, or the workload is gone. */
  async scale(member: Member, replicas: number): Promise<void> {
    const isDone = await this.#patch(member, [
      { op: 'test', path: '/spec/replicas', value: member.replicas },
      { op: 'replace', path: '/spec/replicas', value: replicas },
    ]);
    if (isDone) member.replicas = replicas;
  }

  /** Rolls out another image, or the same one anew. */
  async release(member: Member, ref = member.ref): Promise<void> {
    member.revision += 1;
    const annotations = { 'storm/revision': String(member.revision) };
    // Before the write: whoever looks meanwhile may see either.
    const before = member.ref;
    member.ref = ref;
    this.look();
    const isDone = await this.#patch(member, [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: ref },
      { op: 'add', path: '/spec/template/metadata/annotations', value: annotations },
    ]);
    if (!isDone) member.ref = before;
  }

  /** Rules that what Xray knows of its image violates now. */
  violated({ namespace, ref }: Pick<Member, 'namespace' | 'ref'>): readonly StormRule[] {
    const image = this.#options.xray.images().find(({ digest }) => digest === digestOfRef(ref));
    const severities = image?.issues.map(({ severity }) => severity) ?? [];
    const licenses = image?.licenses.map((license) => (typeof license === 'string' ? license : license.name)) ?? [];
    const kind = image === undefined ? 'unknown' : 'scanned';
    return rulesOf(namespace).filter((rule) => violates(rule, { kind, severities, licenses }));
  }

  /** What becomes of it when what Xray knows is known: `gone`, or replicas and pods, as `scaleOf` has it. */
  wanted(member: Member): unknown {
    const violated = this.violated(member);
    if (violated.includes('no-agpl')) return 'gone';
    const replicas = violated.length > 0 ? 0 : member.replicas;
    return { replicas, pods: replicas };
  }

  scaleOf(member: Member): Promise<unknown> {
    return scaleOf(this.#options.admin, member);
  }

  async #patch(member: Member, operations: readonly object[]): Promise<boolean> {
    const options = { contentType: 'application/json-patch+json' };
    const { status, body } = await this.#options.admin.request('PATCH', workloadPath(member), operations, options);
    // What is being deleted still takes changes, which mean nothing.
    if (status < 300) return at(body, 'metadata.deletionTimestamp') === undefined;
    // 404: the controller deleted it; 422: the test in the patch failed; 409: somebody wrote meanwhile.
    if ([404, 409, 422].includes(status)) return false;
    throw new Error(`patch ${member.name}: ${status}`);
  }
}
