// One webhook: who may send it, what is read of it, what it names, and what the sender is told. Reads a request and answers it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Timers } from '../controller/queue.ts';
import type { Notice } from '../facts/notice.ts';
import { admissionOf } from './webhook-auth.ts';
import { type Body, type BodyMemory, readBody } from './webhook-body.ts';
import type { Allowance, Copies } from './webhook-flood.ts';
import { parseNotice } from './webhook-notice.ts';
import type { Tally } from './webhook-tally.ts';

export interface ReceiverOptions {
  /** Asked for each request, as tokens rotate; empty, or rejected: nobody is let in. */
  readonly readToken: () => Promise<string>;
  readonly maxBodyBytes: number;
  readonly memory: BodyMemory;
  /** In bytes of bodies. */
  readonly allowance: Allowance;
  readonly copies: Copies;
  readonly tally: Tally;
  readonly timers: Timers;
  readonly onNotice: (notice: Notice) => void;
  readonly onTokenProblem: (problem: unknown) => void;
}

const answers = {
  accepted: { status: 202, text: 'accepted' },
  copies: { status: 202, text: 'accepted' },
  notJson: { status: 400, text: 'the body is not JSON' },
  unauthorized: { status: 401, text: 'the token is missing or wrong', headers: { 'www-authenticate': 'Basic realm="kubexray"' } },
  wrongPath: { status: 404, text: 'not found' },
  wrongMethod: { status: 405, text: 'webhooks are sent by POST', headers: { allow: 'POST' } },
  tooLarge: { status: 413, text: 'the body is too large' },
  compressed: { status: 415, text: 'the body must not be compressed', headers: { 'accept-encoding': 'identity' } },
  failed: { status: 500, text: 'failed' },
  busy: { status: 503, text: 'too many webhooks', headers: { 'retry-after': '1' } },
  notReady: { status: 503, text: 'the token cannot be read', headers: { 'retry-after': '10' } },
} as const;
type Answer = keyof typeof answers;

// `/` is where KubeXray's was.
const paths = ['/webhook', '/'];
// Work is reckoned in bytes; a body of none takes some, too.
const leastCostBytes = 16 * 2 ** 10;
// Senders read the answer only when all is sent; what they send by then is thrown away.
const lingerMs = 1000;

/** Returns the handler of requests; it never throws. */
export function createReceiver(options: ReceiverOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const { tally, timers } = options;
  return (request, response) => {
    void receive(request, response, options)
      .catch((): Answer => 'failed')
      .then((answer) => {
        tally.add(answer);
        if (answer === 'gone') return;
        const { status, text, ...rest } = answers[answer];
        response.writeHead(status, { 'content-type': 'text/plain', ...('headers' in rest ? rest.headers : {}) }).end(`${text}\n`);
        if (request.complete) return;
        const cancel = timers.setTimer(() => request.socket.destroy(), lingerMs);
        request.once('end', cancel).once('close', cancel);
      });
  };
}

async function receive(request: IncomingMessage, response: ServerResponse, options: ReceiverOptions): Promise<Answer | 'gone'> {
  const { method, url = '', headers } = request;
  if (!paths.includes(url.replace(/\?.*$/s, ''))) return 'wrongPath';
  if (method !== 'POST') return 'wrongMethod';
  const admission = admissionOf(headers, await currentToken(options));
  if (admission !== 'granted') return admission === 'unknowable' ? 'notReady' : 'unauthorized';
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') return 'compressed';
  // Asked for by curl, for one, before it sends a large body.
  if (headers.expect !== undefined) response.writeContinue();
  const body = await readBody(request, { maxBytes: options.maxBodyBytes, memory: options.memory });
  if (body.kind !== 'read') return body.kind;
  try {
    return take(body, options);
  } finally {
    body.release();
  }
}

/** An unreadable token is the operator's affair, not the sender's. */
async function currentToken({ readToken, onTokenProblem }: ReceiverOptions): Promise<string> {
  try {
    return await readToken();
  } catch (thrown) {
    onTokenProblem(thrown);
    return '';
  }
}

function take({ bytes, sha256 }: Extract<Body, { kind: 'read' }>, { copies, allowance, tally, onNotice }: ReceiverOptions): Answer {
  if (copies.isCopy(sha256)) return 'copies';
  if (!allowance.take(Math.max(leastCostBytes, bytes.length))) return 'busy';
  const json = parseJson(bytes);
  if (json === undefined) return 'notJson';
  const { digests, watches, ignored } = parseNotice(json);
  copies.remember(sha256);
  tally.add('digests', digests.length);
  tally.add('ignoredArtifacts', ignored);
  if (digests.length > 0 || watches.length > 0) onNotice({ digests, watches });
  return 'accepted';
}

/** Undefined is what no JSON is. No media type is asked for, as Xray is not known to send one. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
