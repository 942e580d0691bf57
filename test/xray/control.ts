// What a person or another process may do to the stand-in while it runs: a small API under /stand-in, without credentials, on the loopback.

import { parse } from 'yaml';
import { isJsonObject, type JsonObject } from '../../src/facts/json.ts';
import { messageOf } from '../../src/failure.ts';
import { createCheck } from './check.ts';
import { controlHelp } from './control-help.ts';
import { parseFault } from './fault-schema.ts';
import { type Image, type ImageSource, type IssueSource, type LicenseSource, parseIssue } from './images.ts';
import type { XrayHandles } from './stand-in.ts';
import type { RowDefinition, WatchDefinition } from './watches.ts';
import { sendWebhook, type Webhook } from './webhook.ts';

/** What is asked: `GET /stand-in/images` is the method and `images`; the body as it came. */
export interface ControlRequest {
  readonly method: string;
  readonly topic: string;
  readonly query: URLSearchParams;
  readonly text: string;
}

/** A body that is a text is for people. */
export interface ControlReply {
  readonly status: number;
  readonly body: unknown;
}

/** Does what is ordered. Never rejects: what is wrong with an order is its answer. */
export type Control = (request: ControlRequest) => Promise<ControlReply>;

type Action = (request: ControlRequest) => unknown;

const text = { type: 'string', minLength: 1 } as const;
const checkToken = createCheck<{ readonly token: string }>('body', object(['token'], { token: text }));
const checkViolations = createCheck<{ readonly watch: string; readonly rows: readonly RowDefinition[] }>(
  'body',
  object(['watch', 'rows'], { watch: text, rows: { type: 'array' } }),
);
const checkWebhook = createCheck<WebhookOrder>(
  'webhook',
  object(['url', 'images'], {
    url: { type: 'string', pattern: '^https?://' },
    images: { type: 'array', minItems: 1, items: text },
    issues: { type: 'array', items: text },
    licenses: { type: 'array', items: text },
    schemaVersion: { enum: ['1.1', '1.0', null] },
    watch: text,
    policy: text,
    packageType: text,
    infectedFiles: { type: 'integer', minimum: 1 },
    user: text,
    password: text,
    token: text,
  }),
);

/** Images by name or digest; without issues and licences all of theirs. */
interface WebhookOrder extends Pick<Webhook, 'schemaVersion' | 'watch' | 'policy' | 'packageType' | 'infectedFiles'> {
  readonly url: string;
  readonly images: readonly string[];
  readonly issues?: readonly string[];
  readonly licenses?: readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
}

/** Returns what does the orders that come to /stand-in. */
export function createControl(xray: XrayHandles): Control {
  const undo = new Map<string, () => void>();
  let given = 0;
  const undoable = (kind: string, off: () => void): { readonly id: string } => {
    given += 1;
    const id = `${kind}-${given}`;
    undo.set(id, off);
    return { id };
  };
  const takeBack = (kind: string, query: URLSearchParams): void => {
    for (const [id, off] of undo) {
      if (!id.startsWith(`${kind}-`) || (query.has('id') && query.get('id') !== id)) continue;
      undo.delete(id);
      off();
    }
  };
  const actions: Readonly<Record<string, Action>> = {
    'GET ': () => controlHelp,
    'GET images': () => xray.images(),
    // Checked by `set`; the cast only names what it checks.
    'PUT images': ({ text: body }) => xray.set(read(body) as unknown as ImageSource),
    'DELETE images': ({ query }) => xray.remove(imageOf(xray, query.get('image')).digest),
    'POST issues': ({ text: body }) => publish(xray, read(body)),
    'DELETE issues': ({ query }) => xray.removeIssue(imageOf(xray, query.get('image')).digest, query.get('id') ?? ''),
    'GET watches': () => xray.watches(),
    // As above, by `setWatch`.
    'PUT watches': ({ text: body }) => xray.setWatch(read(body) as unknown as WatchDefinition),
    'DELETE watches': ({ query }) => xray.removeWatch(query.get('watch') ?? ''),
    'GET violations': () => xray.rows(),
    'POST violations': ({ text: body }) => {
      const { watch, rows } = checkViolations(read(body), 'violations');
      xray.addViolations(watch, rows);
    },
    'POST ignores': ({ text: body }) => undoable('ignore', xray.ignore(read(body))),
    'DELETE ignores': ({ query }) => takeBack('ignore', query),
    'GET switches': () => xray.switches(),
    'PUT switches': ({ text: body }) => {
      xray.turn(read(body));
      return xray.switches();
    },
    'GET faults': () => xray.faults(),
    'POST faults': ({ text: body }) => undoable('fault', xray.inject(parseFault(read(body), 'fault'))),
    'DELETE faults': ({ query }) => (query.has('id') ? takeBack('fault', query) : xray.clearFaults()),
    'PUT token': ({ text: body }) => xray.setToken(checkToken(read(body), 'token').token),
    'GET requests': () => xray.requests(),
    'DELETE requests': () => xray.clearRequests(),
    'GET problems': () => xray.problems(),
    'POST webhooks': ({ text: body }) => order(xray, checkWebhook(read(body), 'webhook')),
  };
  return async (request) => {
    const action = actions[`${request.method} ${request.topic}`];
    if (action === undefined)
      return { status: 404, body: `${request.method} /stand-in/${request.topic} is not there; see GET /stand-in\n` };
    try {
      const body = await action(request);
      return body === undefined ? { status: 204, body: '' } : { status: 200, body };
    } catch (thrown) {
      return { status: 400, body: { error: messageOf(thrown) } };
    }
  };
}

/** JSON is YAML too. */
function read(body: string): JsonObject {
  const value: unknown = parse(body);
  if (!isJsonObject(value)) throw new Error('the body is not a mapping');
  return value;
}

function publish(xray: XrayHandles, { image, ...issue }: JsonObject): void {
  if (typeof image !== 'string') throw new Error('issue: image is missing: the name or the digest of one');
  xray.addIssue(imageOf(xray, image).digest, parseIssue(issue, 'issue'));
}

function imageOf(xray: XrayHandles, nameOrDigest: string | null): Image {
  const image = xray.images().find(({ name, digest }) => name === nameOrDigest || digest === nameOrDigest);
  if (image === undefined) throw new Error(`the stand-in knows no image ${nameOrDigest ?? 'without a name'}`);
  return image;
}

async function order(xray: XrayHandles, { url, user, password, token, ...wanted }: WebhookOrder): Promise<unknown> {
  const images = wanted.images.map((image) => imageOf(xray, image));
  const isWanted = (names: readonly string[] | undefined, name: string) => names === undefined || names.includes(name);
  const issues: readonly IssueSource[] = images.flatMap((image) => image.issues.filter(({ id }) => isWanted(wanted.issues, id)));
  const licenses: readonly LicenseSource[] = images.flatMap((image) =>
    image.licenses.filter((license) => isWanted(wanted.licenses, typeof license === 'string' ? license : license.name)),
  );
  const login =
    token !== undefined ? ({ kind: 'token', token } as const) : ({ kind: 'basic', user: user ?? '', password: password ?? '' } as const);
  const hasLogin = token !== undefined || user !== undefined;
  return sendWebhook(url, { ...wanted, images, issues, licenses, ...(hasLogin ? { login } : {}) });
}

function object(required: readonly string[], properties: object): object {
  return { type: 'object', additionalProperties: false, required, properties };
}
