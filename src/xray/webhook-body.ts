// Reads the body of a request into memory that all bodies share, and stops where one is too large or there are too many. Reads a socket.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Bytes that bodies may take together. */
export interface BodyMemory {
  /** False, and nothing is taken, when they do not fit. */
  readonly take: (sizeBytes: number) => boolean;
  readonly giveBack: (sizeBytes: number) => void;
}

export type Body =
  /** `release` gives the memory back, and is to be called once. */
  | { readonly kind: 'read'; readonly bytes: Buffer; readonly sha256: string; readonly release: () => void }
  /** The sender went away, or was too slow. */
  | { readonly kind: 'tooLarge' | 'busy' | 'gone' };

/** Returns memory for `maxBytes`. */
export function createBodyMemory(maxBytes: number): BodyMemory {
  let usedBytes = 0;
  return {
    take(sizeBytes) {
      if (usedBytes + sizeBytes > maxBytes) return false;
      usedBytes += sizeBytes;
      return true;
    },
    giveBack: (sizeBytes) => {
      usedBytes -= sizeBytes;
    },
  };
}

/** Resolves once the body is complete or will not be read any further; never rejects. What is not read any further is let run by. */
export function readBody(request: IncomingMessage, limits: { readonly maxBytes: number; readonly memory: BodyMemory }): Promise<Body> {
  const { maxBytes, memory } = limits;
  // A sender that says how much it has need not send it first.
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve({ kind: 'tooLarge' });
  return new Promise((resolve) => {
    const hash = createHash('sha256');
    let chunks: Buffer[] = [];
    let sizeBytes = 0;
    const release = (): void => memory.giveBack(sizeBytes);
    const settle = (body: Body): void => {
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      // The other side may reset the connection at any time, and nobody else listens.
      request.on('error', () => undefined);
      if (body.kind !== 'read') release();
      chunks = [];
      resolve(body);
    };
    const onData = (chunk: Buffer): void => {
      const isTooLarge = sizeBytes + chunk.length > maxBytes;
      if (isTooLarge || !memory.take(chunk.length)) {
        settle({ kind: isTooLarge ? 'tooLarge' : 'busy' });
        request.resume();
        return;
      }
      sizeBytes += chunk.length;
      hash.update(chunk);
      chunks.push(chunk);
    };
    const onEnd = (): void => settle({ kind: 'read', bytes: Buffer.concat(chunks, sizeBytes), sha256: hash.digest('hex'), release });
    const onGone = (): void => settle({ kind: 'gone' });
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}
