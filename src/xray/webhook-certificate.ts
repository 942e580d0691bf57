// Reads certificate and key of the webhook from their files, and again as they change. Reads files.
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Log } from '../controller/log.ts';
import type { Timers } from '../controller/queue.ts';
import { Failure, messageOf } from '../failure.ts';

/** PEM files: the certificate with those of its issuers, and its key without a passphrase. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateWatch extends CertificateFiles {
  readonly current: Certificate;
  readonly intervalMs: number;
  readonly timers: Timers;
  readonly log: Log;
  readonly onChange: (certificate: Certificate) => void;
}

/** Returns a pair that fits together. Throws `Failure` naming the file, or both when they do not fit. */
export async function readCertificate({ certFile, keyFile }: CertificateFiles): Promise<Certificate> {
  const certificate = { cert: await readPem(certFile, 'certificate'), key: await readPem(keyFile, 'key') };
  try {
    createSecureContext(certificate);
  } catch (cause) {
    throw failure(`use the certificate of ${certFile} with the key of ${keyFile}: ${messageOf(cause)}`, cause);
  }
  return certificate;
}

/**
 * Looks at the files every `intervalMs` and tells of a new pair once it is complete. Until then, and while it cannot be read, the old
 * one stays; the same problem is logged once. The contents are compared, as times of files do not tell of every change.
 */
export function watchCertificate(watch: CertificateWatch): () => void {
  const { timers, log, onChange } = watch;
  let { current } = watch;
  let problem = '';
  let isStopped = false;
  let cancelTimer = timers.setTimer(look, watch.intervalMs);

  async function reload(): Promise<void> {
    try {
      const found = await readCertificate(watch);
      if (isStopped) return;
      problem = '';
      if (found.cert === current.cert && found.key === current.key) return;
      onChange(found);
      current = found;
      log.info({ certFile: watch.certFile }, 'webhook certificate changed');
    } catch (thrown) {
      const message = messageOf(thrown);
      if (message !== problem && !isStopped) log.error({ error: message }, 'webhook certificate kept, as the new one cannot be used');
      problem = message;
    }
  }
  function look(): void {
    void reload().then(() => {
      if (!isStopped) cancelTimer = timers.setTimer(look, watch.intervalMs);
    });
  }
  return () => {
    isStopped = true;
    cancelTimer();
  };
}

async function readPem(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw failure(`read the webhook's ${what} ${file}: ${messageOf(cause)}`, cause);
  }
}

function failure(message: string, cause: unknown): Failure {
  return new Failure(message, { retry: 'never', reason: 'BadCertificate', cause });
}
