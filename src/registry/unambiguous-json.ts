// Refuses JSON that Go programs, which all container runtimes are, read in another way than JavaScript does; pure.
//
// Go's encoding/json takes `Manifests` for `manifests`, and merges what stands under a name that is given twice; JSON.parse does
// neither. Whoever writes an index could show one image to us and another to the nodes.

/** The members of manifests and indexes that decide which image runs. */
const membersRead = [
  'schemaVersion',
  'mediaType',
  'artifactType',
  'manifests',
  'config',
  'layers',
  'digest',
  'platform',
  'os',
  'architecture',
  'variant',
  'os.version',
  'os.features',
  'annotations',
];
const spellings: ReadonlyMap<string, string> = new Map(membersRead.map((name) => [folded(name), name]));

// Texts and the marks between them; numbers and literals are passed over.
const pieces = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** Tells whether every member that we read is written once and exactly so. `text` is valid JSON. */
export function isUnambiguous(text: string): boolean {
  const open: Set<string>[] = [];
  let last = '';
  for (const [piece] of text.matchAll(pieces)) {
    if (piece === '{' || piece === '[') open.push(new Set());
    else if (piece === '}' || piece === ']') open.pop();
    else if (piece === ':' && !isNewName(last, open.at(-1))) return false;
    last = piece;
  }
  return true;
}

/** `quoted` is the text in front of a colon, quotes included. */
function isNewName(quoted: string, seen: Set<string> | undefined): boolean {
  const name = String(JSON.parse(quoted));
  const key = folded(name);
  const spelling = spellings.get(key);
  if (seen === undefined || seen.has(key) || (spelling !== undefined && spelling !== name)) return false;
  seen.add(key);
  return true;
}

/** Upper case first: that also turns ſ into S and leaves the sign of kelvin to the second step, which Go takes for s and k. */
function folded(name: string): string {
  return name.toUpperCase().toLowerCase();
}
