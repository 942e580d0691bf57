// Results of cases as JUnit XML.
import test from 'ava';
import { junitXml } from '../../src/output/junit.ts';

test('suites, cases and failures are counted, and texts are escaped', (t) => {
  const xml = junitXml([
    {
      name: 'a & b',
      cases: [
        { name: 'passes', className: 'security', timeMs: 1234 },
        { name: 'is skipped', className: 'security', skipped: { message: 'cannot tell: <why>' } },
        { name: 'fails "hard"', className: 'security', failure: { message: 'x < y', text: 'one\ntwo\u0000\ud800' } },
      ],
    },
    { name: 'empty', cases: [] },
  ]);
  t.is(
    xml,
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="1" skipped="1">
  <testsuite name="a &amp; b" tests="3" failures="1" skipped="1">
    <testcase name="passes" classname="security" time="1.234"/>
    <testcase name="is skipped" classname="security">
      <skipped message="cannot tell: &lt;why&gt;"/>
    </testcase>
    <testcase name="fails &quot;hard&quot;" classname="security">
      <failure message="x &lt; y">one&#10;two\ufffd\ufffd</failure>
    </testcase>
  </testsuite>
  <testsuite name="empty" tests="0" failures="0" skipped="0">
  </testsuite>
</testsuites>
`,
  );
});
