// The data of the stand-in as a directory of YAML files: images, and watches with their policies. The place of a mistake is named.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isJsonObject } from '../../src/facts/json.ts';
import { createCheck } from './check.ts';
import { type Image, parseImage } from './images.ts';
import { parseWatch, type WatchDefinition } from './watches.ts';

export interface Data {
  readonly images: readonly Image[];
  readonly watches: readonly WatchDefinition[];
}

const checkFile = createCheck<{ readonly images?: readonly unknown[]; readonly watches?: readonly unknown[] }>('file', {
  type: 'object',
  additionalProperties: false,
  properties: { images: { type: 'array' }, watches: { type: 'array' } },
});

/** Returns the data of a YAML text: one image, a list of images, or `images:` and `watches:`. Throws an error that names `file` and the field. */
export function parseData(text: string, file: string): Data {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message.split('\n', 1)[0] : cause}`, { cause });
  }
  if (Array.isArray(value)) return { images: value.map((item, index) => parseImage(item, `${file}: [${index}]`)), watches: [] };
  if (!isJsonObject(value) || !('images' in value || 'watches' in value)) return { images: [parseImage(value, file)], watches: [] };
  const { images = [], watches = [] } = checkFile(value, file);
  return {
    images: images.map((image, index) => parseImage(image, `${file}: images[${index}]`)),
    watches: watches.map((watch, index) => parseWatch(watch, `${file}: watches[${index}]`)),
  };
}

/** Reads all `*.yaml` of a directory, in the order of their names. A digest, and the name of a watch, may be there once. */
export async function readData(directory: string): Promise<Data> {
  const files = (await readdir(directory)).filter((file) => /\.ya?ml$/.test(file)).toSorted();
  const fileOf = new Map<string, string>();
  const once = (field: string, value: string, file: string): void => {
    const other = fileOf.get(`${field} ${value}`);
    if (other !== undefined) throw new Error(`${file}: ${field}: ${value} is in ${other} already`);
    fileOf.set(`${field} ${value}`, file);
  };
  const images: Image[] = [];
  const watches: WatchDefinition[] = [];
  for (const file of files) {
    const data = parseData(await readFile(join(directory, file), 'utf8'), file);
    for (const image of data.images) once('digest', image.digest, file);
    for (const watch of data.watches) once('watch', watch.name, file);
    images.push(...data.images);
    watches.push(...data.watches);
  }
  return { images, watches };
}
