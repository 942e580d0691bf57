// What happens in the cluster and at Xray while Xray fails: one thing at a time, chosen by chance. Writes to the cluster, sends webhooks.
import { digestOf } from '../xray/images.ts';
import type { XrayStandIn } from '../xray/stand-in.ts';
import { sendWebhook } from '../xray/webhook.ts';
import { type Content, digestOfRef, type Fleet, type Member, namespaces, severe } from './storm-fleet.ts';
import type { Witness } from './storm-witness.ts';

export interface StirOptions {
  readonly fleet: Fleet;
  readonly xray: XrayStandIn;
  readonly witness: Witness;
  readonly random: () => number;
  readonly webhookUrl: string;
  readonly webhookToken: string;
  /** Of Xray, that some of the webhooks name. */
  readonly watch: string;
}

export interface Stir {
  /** A new workload with an image of which Xray was never asked. */
  readonly fresh: () => Promise<void>;
  /** Any one thing. */
  readonly anything: () => Promise<void>;
  /** Has the image of a workload asked about again. */
  readonly tellOf: (member: Member) => Promise<void>;
  /** Has the watch asked for again. */
  readonly nameWatch: () => Promise<void>;
  /** Answers to webhooks, by what was sent: `right`, `wrong token`, `no JSON`. */
  readonly receipts: () => ReadonlyMap<string, ReadonlySet<number>>;
}

const mostMembers = 26;

/** Returns what stirs; nothing happens until it is asked to. */
export function createStir({ fleet, xray, witness, random, webhookUrl, webhookToken, watch }: StirOptions): Stir {
  const receipts = new Map<string, Set<number>>();
  const oneOf = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const churned = (): readonly Member[] => fleet.members().filter(({ role }) => role === 'churned');
  const content = (): Content => oneOf(['clean', 'clean', 'high', 'agpl', 'unknown'] as const) ?? 'clean';

  async function fresh(): Promise<void> {
    const namespace = oneOf(namespaces) ?? 'storm-high';
    await fleet.add({ namespace, ref: fleet.newImage(content()) });
    const oldest = churned().find((member) => !fleet.violated(member).includes('no-agpl'));
    if (churned().length > mostMembers && oldest !== undefined) await remove(oldest);
  }

  async function remove(member: Member): Promise<void> {
    // Whoever deletes what the controller deletes as well would blur who did it.
    if (fleet.violated(member).includes('no-agpl')) return;
    witness.expectDeletion(member.uid);
    await fleet.remove(member);
  }

  async function send(name: string, webhook: Parameters<typeof sendWebhook>[1]): Promise<void> {
    const { status } = await sendWebhook(webhookUrl, { login: { kind: 'token', token: webhookToken }, ...webhook });
    receipts.set(name, (receipts.get(name) ?? new Set()).add(status));
  }

  const imageOf = ({ ref }: Member) => ({ name: 'storm/any:1', digest: digestOfRef(ref), repositories: ['docker-local'] });
  const isAtXray = ({ ref }: Member): boolean => xray.images().some(({ digest }) => digest === digestOfRef(ref));

  /** Half of the news come with a webhook. */
  async function publish(member: Member): Promise<void> {
    if (!isAtXray(member)) return fleet.publish(member.ref, random() < 0.5 ? 'clean' : 'high');
    xray.addIssue(digestOfRef(member.ref), severe);
    fleet.look();
    if (random() < 0.5) await send('right', { images: [imageOf(member)], issues: [severe] });
  }

  async function withdraw(member: Member): Promise<void> {
    if (!isAtXray(member)) return;
    xray.removeIssue(digestOfRef(member.ref), severe.id);
    if (random() < 0.5) await fleet.release(member);
  }

  const things: readonly ((member: Member) => Promise<void>)[] = [
    (member) => fleet.scale(member, 1 + Math.floor(random() * 3)),
    (member) => fleet.release(member, fleet.newImage(content())),
    (member) => fleet.release(member),
    remove,
    publish,
    publish,
    withdraw,
    // About an issue that is not there: it decides nothing.
    (member) => send('right', { images: [imageOf(member)], issues: [severe] }),
    (member) => send('right', { images: [imageOf(member)], licenses: ['AGPL-3.0'], watch }),
    (member) => send('right', { images: [imageOf(member)], issues: [severe], packageType: 'Build' }),
    (member) => send('wrong token', { images: [imageOf(member)], login: { kind: 'token', token: 'guessed' } }),
    () => send('no JSON', { body: '{"issues": [' }),
    async () => xray.setEmptyLists(oneOf(['empty', 'null', 'absent'] as const) ?? 'empty'),
  ];
  return {
    fresh,
    anything: async () => {
      const [thing, member] = [oneOf(things), oneOf(churned())];
      if (thing !== undefined && member !== undefined) await thing(member);
    },
    tellOf: (member) => send('right', { images: [imageOf(member)], issues: [severe] }),
    nameWatch: () =>
      send('right', {
        images: [{ name: 'storm/none:1', digest: digestOf('none'), repositories: ['docker-local'] }],
        issues: [severe],
        watch,
      }),
    receipts: () => receipts,
  };
}
