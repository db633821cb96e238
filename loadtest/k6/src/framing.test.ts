import {expect, test} from 'vitest';
import {createDecoder, decode, encodeCall, encodeConnect, socketAddress} from './framing.ts';

test('finds the WebSocket of the address that people type', () => {
  const path = 'socket.io/?EIO=4&transport=websocket';

  expect(socketAddress('http://127.0.0.1:8080')).toBe(`ws://127.0.0.1:8080/${path}`);
  expect(socketAddress('https://chat.example/')).toBe(`wss://chat.example/${path}`);
});

test('writes a handshake and a call as Socket.IO does', () => {
  expect(encodeConnect()).toBe('40');
  expect(encodeConnect('mds_1')).toBe('40{"token":"mds_1"}');
  expect(encodeCall(12, 'message:send', {text: '[1]'})).toBe('4212["message:send",{"text":"[1]"}]');
});

test('reads every packet that a server sends', () => {
  expect(
    [
      '0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1}',
      '2',
      '40{"sid":"b"}',
      '42["room:log",{"after":0}]',
      '427["room:log",[2]]',
      '4312[{"ok":true,"data":[1]}]',
      '44{"message":"no","data":{"code":"overloaded"}}',
      '41',
      '1',
    ].map(decode),
  ).toEqual([
    {kind: 'open', pingInterval: 25_000, pingTimeout: 20_000},
    {kind: 'ping'},
    {kind: 'connected'},
    {kind: 'event', name: 'room:log', payload: {after: 0}},
    {kind: 'event', name: 'room:log', payload: [2]},
    {kind: 'answer', id: 12, value: {ok: true, data: [1]}},
    {kind: 'refused', error: {message: 'no', data: {code: 'overloaded'}}},
    {kind: 'ending'},
    {kind: 'ending'},
  ]);
});

test('passes over what it cannot read', () => {
  for (const text of ['', '6', '4', '42', '42{', '42[1]', '43[1]', '43x[1]', '451-["a"]', '0{', '44'])
    expect(decode(text), text).toEqual({kind: 'other'});
});

test('parses once what comes to many, and forgets what came long ago', () => {
  const decodeOnce = createDecoder(2);
  const first = decodeOnce('42["a",1]');

  expect(decodeOnce('42["a",1]')).toBe(first);
  decodeOnce('42["a",2]');
  decodeOnce('42["a",3]');
  expect(decodeOnce('42["a",1]')).not.toBe(first);
  expect(decodeOnce('42["a",1]')).toEqual(first);
});
