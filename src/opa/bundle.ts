// Takes the module out of the bundle that `opa build` writes: a gzipped tar archive. Pure.
import { gunzipSync } from 'node:zlib';

const blockSize = 512;

/** Returns the bytes of `/policy.wasm`, or undefined when the bundle has none. Throws when it is not a gzip file or too large. */
export function moduleInBundle(bundle: Uint8Array, maxBytes: number): Uint8Array | undefined {
  const archive = gunzipSync(bundle, { maxOutputLength: maxBytes });
  let offset = 0;
  while (offset + blockSize <= archive.length) {
    const name = textField(archive, offset, 100);
    const size = Number.parseInt(textField(archive, offset + 124, 12), 8);
    if (name === '' || !Number.isSafeInteger(size)) return undefined;
    const start = offset + blockSize;
    if (name === '/policy.wasm' || name === 'policy.wasm') return new Uint8Array(archive.subarray(start, start + size));
    offset = start + Math.ceil(size / blockSize) * blockSize;
  }
  return undefined;
}

function textField(archive: Buffer, offset: number, length: number): string {
  const field = archive.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? length : end).trim();
}
