// The document as one rule finds it: its parameters, and of violations those of its watches alone.
import test from 'ava';
import { ownDocument } from '../../src/evaluation/own-document.ts';

const east = { watch: 'east', issue: 'XRAY-1' };
const west = { watch: 'west', issue: 'XRAY-2' };
const document = JSON.stringify({
  now: 'n',
  images: [{ ref: 'a:1', violations: [east, west] }, { ref: 'b:1' }],
  watches: [],
  parameters: {},
});

test('a rule that reads no violations gets its parameters, and the rest as it is', (t) => {
  t.deepEqual(JSON.parse(ownDocument(document, { parameters: { limit: 1 } })), {
    now: 'n',
    images: [{ ref: 'a:1', violations: [east, west] }, { ref: 'b:1' }],
    watches: [],
    parameters: { limit: 1 },
  });
});

test('a rule that reads violations gets its watches, and their violations alone', (t) => {
  t.deepEqual(JSON.parse(ownDocument(document, { parameters: {}, watches: ['west'] })), {
    now: 'n',
    images: [{ ref: 'a:1', violations: [west] }, { ref: 'b:1' }],
    watches: ['west'],
    parameters: {},
  });
});

test('a policy without watches leaves the rule no violation', (t) => {
  t.deepEqual(JSON.parse(ownDocument(document, { parameters: {}, watches: [] })).images, [{ ref: 'a:1', violations: [] }, { ref: 'b:1' }]);
});

test('the watch of another name, and a violation that names none, are not the rule’s', (t) => {
  const odd = JSON.stringify({ images: [{ violations: [{ watch: 'eas' }, { watch: 'EAST' }, {}, null, 'east', east] }] });
  t.deepEqual(JSON.parse(ownDocument(odd, { parameters: {}, watches: ['east'] })).images, [{ violations: [east] }]);
});

for (const odd of ['[]', 'null', '{"images":{}}', '{"images":[null,"x",{"violations":{}}]}']) {
  test(`what is no document keeps what it has: ${odd}`, (t) => {
    t.notThrows(() => JSON.parse(ownDocument(odd, { parameters: {}, watches: ['east'] })));
  });
}
