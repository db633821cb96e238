import {expect, test} from 'vitest';
import {sizeOf, type Load} from './sizing.ts';

const costs = {
  deliveryUs: 20,
  sendUs: 160,
  postgresUs: 80,
  redisUs: 25,
  connectionKib: 16,
  questionUs: 0,
  moveUs: 0,
};
const load = (more: Partial<Load>): Load => ({
  name: 'a load',
  connections: 1_000,
  sendsPerSecond: 0,
  listeners: 10,
  ...more,
});

test('counts what is sent, delivered and held', () => {
  const size = sizeOf(load({sendsPerSecond: 100}), costs);

  expect(size.deliveriesPerSecond).toBe(1_000);
  // 100 × 120 µs of sends, 1,000 × 20 µs of deliveries, 1,000 connections × 3 µs, all on one node.
  expect(size.gatewayCores).toBeCloseTo(0.035);
  expect(size.postgresCores).toBeCloseTo(0.008);
  expect(size.redisCores).toBeCloseTo(0.0025);
  expect(size.gatewayMib).toBeCloseTo(150 + 15.6, 1);
  expect(size.gateways).toBe(2);
});

test('adds gateways for CPU, for memory and for connections, and one to spare', () => {
  expect(sizeOf(load({sendsPerSecond: 5_000}), costs).gateways).toBeGreaterThanOrEqual(5);
  expect(sizeOf(load({connections: 29_000}), costs).gateways).toBe(3);
  expect(sizeOf(load({connections: 29_000}), {...costs, connectionKib: 64}).gateways).toBe(9);
});

test('a large room reaches every gateway, a room of one only its own', () => {
  const cores = (listeners: number) =>
    sizeOf(load({connections: 60_000, sendsPerSecond: 100, listeners}), costs).redisCores;

  expect(cores(1)).toBeCloseTo(0.0025);
  expect(cores(500)).toBeCloseTo(4 * 0.0025);
});

test('every gateway asks Postgres each second, and learns of every send', () => {
  const busy = load({sendsPerSecond: 100});
  const [without, asking] = [sizeOf(busy, costs), sizeOf(busy, {...costs, questionUs: 200, moveUs: 1})];

  expect(asking.gateways).toBe(without.gateways);
  expect(asking.postgresCores - without.postgresCores).toBeCloseTo((asking.gateways * 300) / 1e6);
});
