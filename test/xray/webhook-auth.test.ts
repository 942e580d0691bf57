// Who may send webhooks: the forms in which a token is presented, and what is refused.
import test from 'ava';
import { admissionOf } from '../../src/xray/webhook-auth.ts';

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

test('the token is let in as a header, as a bearer token, and as the password of any user', (t) => {
  const granted = [
    { 'x-auth-token': 's3cret' },
    { 'x-auth-token': ' s3cret ' },
    { authorization: 'Bearer s3cret' },
    { authorization: 'bearer  s3cret' },
    basic('xray:s3cret'),
    basic(':s3cret'),
    { ...basic('xray:other'), 'x-auth-token': 's3cret' },
    { ...basic('xray:s3cret'), 'x-auth-token': 'other' },
  ];
  for (const headers of granted) t.is(admissionOf(headers, 's3cret'), 'granted', JSON.stringify(headers));
});

test('nobody else is let in, whatever part of the token it has', (t) => {
  const refused = [
    {},
    { 'x-auth-token': '' },
    { 'x-auth-token': 's3cre' },
    { 'x-auth-token': 's3crett' },
    { 'x-auth-token': 'S3CRET' },
    { 'x-auth-token': 's3cret, s3cret' },
    { authorization: 's3cret' },
    { authorization: 'Bearer' },
    { authorization: 'Digest s3cret' },
    { authorization: 'Basic !!!' },
    basic('s3cret:'),
    basic('s3cret:other'),
    basic('xray:s3cret:more'),
  ];
  for (const headers of refused) t.is(admissionOf(headers, 's3cret'), 'refused', JSON.stringify(headers));
});

test('a token may hold colons and letters of any language', (t) => {
  t.is(admissionOf(basic('xray:a:b'), 'a:b'), 'granted');
  t.is(admissionOf(basic('xray:schlüssel'), 'schlüssel'), 'granted');
  // As Node reads the bytes of UTF-8 in a header.
  t.is(admissionOf({ 'x-auth-token': Buffer.from('schlüssel').toString('latin1') }, 'schlüssel'), 'granted');
});

test('without a token nobody is let in, not even without one', (t) => {
  for (const headers of [{}, { 'x-auth-token': '' }, basic('xray:'), basic('')]) t.is(admissionOf(headers, ''), 'unknowable');
});
