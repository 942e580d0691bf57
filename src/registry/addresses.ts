// Which addresses are never connected to, whoever names them; looks up names in DNS.
import { lookup as lookupName } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

// Where clouds hand out the credentials of the machine. An IPv4 rule also covers its form in IPv6 (::ffff:a.b.c.d).
const metadata = new BlockList();
metadata.addSubnet('169.254.0.0', 16, 'ipv4');
metadata.addSubnet('fe80::', 10, 'ipv6');
// AWS by IPv6, Alibaba, Azure, Oracle: outside of the link-local ranges.
metadata.addAddress('fd00:ec2::254', 'ipv6');
metadata.addAddress('100.100.100.200', 'ipv4');
metadata.addAddress('168.63.129.16', 'ipv4');
metadata.addAddress('192.0.0.192', 'ipv4');
// 169.254.0.0/16 through NAT64 and 6to4, and in the old form ::a.b.c.d.
metadata.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
metadata.addSubnet('2002:a9fe::', 32, 'ipv6');
metadata.addSubnet('::a9fe:0', 112, 'ipv6');

const own = new BlockList();
own.addSubnet('127.0.0.0', 8, 'ipv4');
// A connection to it ends at this machine.
own.addSubnet('0.0.0.0', 8, 'ipv4');
own.addAddress('::1', 'ipv6');
own.addAddress('::', 'ipv6');

/**
 * Returns why an address is refused, undefined if it is not. `localhost` in an image is the node, which is not where we run: our own
 * addresses are open only to names in `loopbackNames`.
 */
export function refusedAddress(address: string, isLoopbackMeant: boolean): string | undefined {
  // A zone (fe80::1%eth0) says through which interface.
  const bare = address.replace(/%.*$/, '');
  const family = isIP(bare) === 6 ? 'ipv6' : 'ipv4';
  if (metadata.check(bare, family)) return 'a link-local or metadata address';
  return !isLoopbackMeant && own.check(bare, family) ? 'an address of this machine' : undefined;
}

/** Thrown into the connection by the look-up below. */
export class RefusedAddress extends Error {
  readonly code = 'REFUSED_ADDRESS';
}

// A look-up takes one of the four threads that files and other look-ups need too, for as long as the name server takes,
// and names are written by whoever deploys: a few slow ones must not stop the process.
const maxLookups = 2;
const maxWaiting = 64;

/**
 * Returns the look-up for `connect`: checked is the address that is then connected to, so that a name cannot mean one thing
 * when it is checked and another when it is used. A name with one refused address is refused.
 */
export function guardedLookup(loopbackNames: ReadonlySet<string>): LookupFunction {
  let underWay = 0;
  const waiting: (() => void)[] = [];
  const ended = () => {
    underWay -= 1;
    waiting.shift()?.();
  };
  return (hostname, options, callback) => {
    const start = () => {
      underWay += 1;
      lookupName(hostname, { ...options, all: true }, (error, found) => {
        ended();
        if (error !== null) return callback(error, '');
        const refused = found.map(({ address }) => refusedAddress(address, loopbackNames.has(hostname.toLowerCase()))).find(Boolean);
        if (refused !== undefined) return callback(new RefusedAddress(`the name stands for ${refused}`), '');
        if (options.all === true) return callback(null, found);
        callback(null, found[0]?.address ?? '', found[0]?.family);
      });
    };
    if (underWay < maxLookups) start();
    else if (waiting.length < maxWaiting) waiting.push(start);
    else callback(new Error('too many names are being looked up'), '');
  };
}
